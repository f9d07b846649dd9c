/** The storage is exported at run time but not typed by the package. */
declare module 'class-transformer/cjs/storage' {
  export const defaultMetadataStorage: never;
}
