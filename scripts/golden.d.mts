/** Golden files of options, with the bundle that has them and its settings. */
export declare function optionFiles(): {
  name: string;
  file: string;
  script: string;
  settings: Record<string, string>;
}[];
/** The options of a bundle, as `k6` resolves them. */
export declare function optionsOf(script: string, settings: Record<string, string>, k6: string): Promise<string>;
