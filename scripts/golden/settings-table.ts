import { flagOf, SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';

/** `RATE: '5'` of each scenario that has a default of its own, by setting. */
export type OwnDefaults = Partial<Record<string, { scenario: string; value: string }[]>>;

/** The table of settings of docs/settings.md, in the order of lib/settings/table.ts. */
export function settingsTable(own: OwnDefaults): string {
  const rows = SETTING_NAMES.map((name) => {
    const { alias, help, values, unit } = setting(name);
    const names = [name, ...(alias ? [alias] : [])].map((n) => `\`${n}\``).join(', ');
    const allowed = values ? ` (${values.map((v) => `\`${v}\``).join(', ')})` : unit ? ` (${unit})` : '';
    return [names, `\`--${flagOf(name)}\``, defaults(name, own), `${help}${allowed}`];
  });
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(['setting', 'flag', 'default', 'meaning']), '|---|---|---|---|', ...rows.map(line), ''].join('\n');
}

function defaults(name: SettingName, own: OwnDefaults): string {
  const usual = setting(name).default;
  const byValue = new Map<string, string[]>();
  for (const { scenario, value } of own[name] ?? []) byValue.set(value, [...(byValue.get(value) ?? []), scenario]);
  return [
    ...(usual === undefined ? [] : [`\`${usual}\``]),
    ...[...byValue].map(([value, scenarios]) => `\`${value}\` in ${scenarios.join(', ')}`),
  ].join('; ');
}
