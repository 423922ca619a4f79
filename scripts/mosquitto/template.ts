/** Fills the `@NAME@` places of a template. Throws when one is left: half a configuration would still start. */
export function fillTemplate(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/@([A-Z]+)@/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for ${place}`);
    return String(value);
  });
}
