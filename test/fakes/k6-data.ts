const made = new Map<string, unknown[]>();

/** k6/data outside k6: the function runs once a name, as for all VUs of a process. */
export const SharedArray = function shared(name: string, make: () => unknown[]): unknown[] {
  const array = made.get(name) ?? make();
  made.set(name, array);
  return array;
};
