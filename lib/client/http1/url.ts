/** The parts of an http or https URL; k6 has no URL. */
export interface Target {
  tls: boolean;
  host: string;
  port: number;
  /** Path and query, with the leading slash. */
  path: string;
  /** What goes into the Host header. */
  authority: string;
  /** `user:password`, decoded. */
  user?: string;
}

const URL = /^(https?):\/\/(?:([^@/?#]*)@)?(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?([^#]*)/i;

/** @throws Error where it is none */
export function targetOf(url: string): Target {
  const [, scheme, user, host, port, path = ''] = URL.exec(url) ?? [];
  if (!scheme || !host) throw new Error('an absolute http or https URL is needed');
  const tls = scheme.toLowerCase() === 'https';
  return {
    tls,
    host: host.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : tls ? 443 : 80,
    path: path.startsWith('/') ? path : `/${path}`,
    authority: port ? `${host}:${port}` : host,
    ...(user && { user: decodeURIComponent(user) }),
  };
}
