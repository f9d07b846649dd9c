/** Tells an unknown address from a known one that was asked with another method (RFC 9110, 15.5.6). */

export class AllowedMethods {
  private readonly routes: { pattern: RegExp; methods: Set<string> }[] = [];

  add(url: string, methods: readonly string[]): void {
    // A route for everything says nothing about an address.
    if (url === '*' || url === '/*') return;
    const source = url
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/:[^/]+/g, '[^/]+')
      .replace(/\*/g, '.*');
    const pattern = new RegExp(`^${source}/?$`);
    const known = this.routes.find(route => route.pattern.source === pattern.source);
    if (known) for (const method of methods) known.methods.add(method);
    else this.routes.push({ pattern, methods: new Set(methods) });
  }

  /** Methods of the routes that match a path; empty for an unknown address. */
  of(path: string): string[] {
    return [
      ...new Set(this.routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods])),
    ].sort();
  }
}
