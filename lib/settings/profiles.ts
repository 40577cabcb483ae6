/** What kinds of work are like: the lengths of prompts and answers in tokens, as INPUT_TOKENS and OUTPUT_TOKENS take them. */
export const PROFILES = {
  chat: { input: 'normal:256±200:10..4096', output: 'normal:128±100:10..2048' },
  code: { input: 'normal:512±300:50..8192', output: 'normal:256±200:20..4096' },
  summarization: { input: 'normal:2048±1000:500..16384', output: 'normal:256±128:50..1024' },
} as const;

export type ProfileName = keyof typeof PROFILES;

export interface ProfileShare {
  profile: ProfileName;
  weight: number;
}
