type Environment = NodeJS.ProcessEnv;

/** The models that are asked for: those that were named, else all that the backends serve, evenly. */
export function asking(env: Environment, models: readonly string[]): Environment {
  const named = ['MODEL', 'MIX', 'MODEL_A', 'MODEL_B'].some((name) => env[name]);
  if (named || models.length === 0) return {};
  return models.length === 1 ? { MODEL: models[0] } : { MIX: models.map((model) => `${model}:1`).join(',') };
}

const OF_CONVERSATIONS = ['CONVERSATIONS', 'TURNS', 'THINK_TIME', 'SESSION_HEADER', 'AFFINITY'];

/** The first run has none. */
export const withoutConversations = (env: Environment): Environment => ({
  ...env,
  ...Object.fromEntries(OF_CONVERSATIONS.map((name) => [name, ''])),
});

/** What a second run needs to see whether conversations stay with one backend; its own, unless they were set. One model is enough. */
export function affinitySettings(env: Environment): Environment {
  // Without a pause the backend that has just answered is the least busy one, and gets the next question too.
  const usual = { CONVERSATIONS: '40', TURNS: '4', THINK_TIME: '100ms', ECHO: 'true' };
  const set = Object.fromEntries(Object.entries(usual).filter(([name]) => !env[name]));
  const not = ['MIX', 'MODEL_A', 'MODEL_B', 'LEVELS', 'DURATION', 'TOTAL_REQUESTS', 'RECORDS', 'SUMMARY_JSON'];
  return {
    ...Object.fromEntries(not.map((name) => [name, ''])),
    ...set,
    MODEL: env.MODEL || env.MODEL_A || env.MIX?.split(',', 1)[0]?.replace(/:[^:]*$/, '') || '',
    AFFINITY: 'true',
  };
}
