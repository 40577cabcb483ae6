/** ms */
const PATIENCE = 10_000;

export interface Answer {
  ok: boolean;
  status: number;
  /** Undefined where the body is none. */
  json: unknown;
  text: string;
}

/** Asks an HTTP API. @throws Error with why there is no answer; the URL, which may be secret, is not in it */
export async function ask(method: string, url: string, body?: object, patience = PATIENCE): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(patience),
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    const text = await response.text();
    return { ok: response.ok, status: response.status, json: parsed(text), text };
  } catch (e) {
    const { cause, name } = e as Error & { cause?: NodeJS.ErrnoException };
    throw new Error(
      name === 'TimeoutError' ? `no answer in ${patience / 1000} s` : (cause?.code ?? cause?.message ?? 'no answer'),
    );
  }
}

/** What a refusal says of itself: its `error`, else its first line. */
export function said({ status, json, text }: Answer): string {
  const { error } = (json ?? {}) as { error?: unknown };
  const line = typeof error === 'string' ? error : (text.trim().split('\n', 1)[0] as string).slice(0, 200);
  return `${status}${line && `: ${line}`}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
