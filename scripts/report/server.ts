import { mask, secretsOf } from '../../lib/secrets.ts';

/** ms within which a server says what it is. */
const PATIENCE = 2000;

type Told = Record<string, unknown>;

/** Engines by the owner of the models that they list: `/version` alone names no one. */
const OWNERS: Readonly<Record<string, string>> = {
  vllm: 'vLLM',
  tensorrt_llm: 'TensorRT-LLM',
  llmload: 'llmload mock',
};

/** Where servers say what they are, by path, the surest first. */
const SAID: readonly (readonly [path: string, said: (told: Told, owner: string | undefined) => unknown])[] = [
  ['/get_server_info', ({ version }) => version && `SGLang ${version}`],
  ['/server_info', ({ version }) => version && `SGLang ${version}`],
  ['/props', ({ build_info }) => build_info && `llama.cpp ${build_info}`],
  ['/info', ({ version, model_id }) => model_id && version && `TGI ${version}`],
  ['/version', ({ version }, owner) => owner && version && `${owner} ${version}`],
  ['/v1/models', (_, owner) => owner],
  ['/api/version', ({ version }) => version && `Ollama ${version}`],
];

/**
 * What a server says it is, as in `vLLM 0.11.0`; else its `server` header; undefined where it says nothing.
 * @param headers go to this address only: redirects are not followed
 */
export async function serverOf(baseUrl: string, headers: Record<string, string>): Promise<string | undefined> {
  const answers = await Promise.all(SAID.map(([path]) => ask(baseUrl + path, headers)));
  const models = answers[SAID.findIndex(([path]) => path === '/v1/models')]?.told.data;
  const owner = OWNERS[String((Array.isArray(models) ? models[0] : undefined)?.owned_by)];
  for (const [k, [, said]] of SAID.entries()) {
    const answer = answers[k];
    const name = answer && said(answer.told, owner);
    if (name) return shown(String(name), headers);
  }
  const header = answers.find((answer) => answer?.header)?.header;
  return header && shown(header, headers);
}

/** Never throws: a server that does not answer is not asked again. */
async function ask(url: string, headers: Record<string, string>): Promise<{ told: Told; header?: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    const header = response.headers.get('server') ?? undefined;
    const json: unknown = response.ok ? await response.json().catch(() => undefined) : await response.body?.cancel();
    return { told: (json ?? {}) as Told, ...(header && { header }) };
  } catch {
    return undefined;
  }
}

/** A short line of print, without what nobody may see. */
const shown = (text: string, headers: Record<string, string>): string =>
  mask(text, secretsOf({ apiKey: undefined, headers }))
    .replace(/[^\x20-\x7e…]+/g, ' ')
    .slice(0, 80);
