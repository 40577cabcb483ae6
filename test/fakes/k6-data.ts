const made = new Map<string, unknown[]>();

/** k6/data outside k6: the function runs once a name, as for all VUs of a process. */
export class SharedArray {
  constructor(name: string, make: () => unknown[]) {
    let array = made.get(name);
    if (!array) {
      array = make();
      made.set(name, array);
    }
    return array as unknown as SharedArray;
  }
}
