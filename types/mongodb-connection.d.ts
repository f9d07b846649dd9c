/** A part of the driver that it does not describe to others. */
declare module 'mongodb/lib/cmap/connection' {
  export class Connection {
    readonly id: unknown;
  }
}
