// Changes of many files that are made as a whole or not at all: gathered and checked first, written last.
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { RefusedError } = require('./refused.cjs');

class Changes {
  constructor(root) {
    this.root = root;
    /** What will stand in a file, by its path from the root. */
    this.texts = new Map();
  }

  read(path) {
    const planned = this.texts.get(path);
    if (planned !== undefined) return planned;
    const file = join(this.root, path);
    if (!existsSync(file))
      throw new RefusedError('place-not-found', `${path} is not there: start from a whole checkout.`);
    return readFileSync(file, 'utf8');
  }

  create(path, text) {
    if (this.texts.has(path) || existsSync(join(this.root, path)))
      throw new RefusedError('file-exists', `${path} is there already: choose another name, or remove it first.`);
    this.texts.set(path, text);
  }

  /** Puts `added` before, after or in the place of the only occurrence of `anchor`. */
  insert(path, where, anchor, added) {
    const text = this.read(path);
    const at = text.indexOf(anchor);
    if (at < 0 || text.indexOf(anchor, at + 1) >= 0)
      throw new RefusedError(
        'place-not-found',
        `${path} has no single place ${JSON.stringify(anchor)}, by which new lines find theirs. Put it back, or add by hand:\n${added}`,
      );
    const parts = { before: added + anchor, after: anchor + added, instead: added };
    this.texts.set(path, text.slice(0, at) + parts[where] + text.slice(at + anchor.length));
  }

  json(path) {
    return JSON.parse(this.read(path));
  }

  append(path, line) {
    this.texts.set(path, `${this.read(path).trimEnd()}\n${line}\n`);
  }

  /** In house format: `[{path, isNew}]`. */
  async list() {
    const prettier = require('prettier');
    const paths = [...this.texts.keys()].sort();
    for (const path of paths) {
      const filepath = join(this.root, path);
      const { inferredParser } = await prettier.getFileInfo(filepath);
      if (!inferredParser) continue;
      const options = await prettier.resolveConfig(filepath);
      this.texts.set(path, await prettier.format(this.texts.get(path), { ...options, filepath }));
    }
    return paths.map(path => ({ path, isNew: !existsSync(join(this.root, path)) }));
  }

  write() {
    for (const [path, text] of this.texts) {
      const file = join(this.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

module.exports = { Changes };
