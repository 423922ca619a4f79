/** The keys of a section in another language: one that is missing, or one too many, does not compile. */
export type Translation<Section> = { readonly [Key in keyof Section]: string };
