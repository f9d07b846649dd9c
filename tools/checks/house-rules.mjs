// Rules of this house that ESLint does not have: what things are called, and that a file says why it exists.

const EMPTY_NAMES =
  /(^|[a-z])(Manager|Helper|Helpers|Util|Utils|Impl|Shared|Internal)(?![a-z])|(Data|Info)$|^(Base|Abstract)[A-Z]/;
const EMPTY_FILES = /(^|[-.])(manager|helper|helpers|util|utils|impl|shared|internal|misc|base|abstract)([-.]|$)/;

const names = {
  meta: {
    type: 'suggestion',
    messages: { empty: '"{{name}}" says nothing about what it does: use a word of the glossary.' },
  },
  create(context) {
    const check = node => {
      if (node && EMPTY_NAMES.test(node.name)) context.report({ node, messageId: 'empty', data: { name: node.name } });
    };
    return {
      Program(node) {
        const file = context.filename.replace(/^.*[\\/]/, '');
        if (EMPTY_FILES.test(file)) context.report({ node, messageId: 'empty', data: { name: file } });
      },
      'ClassDeclaration, TSInterfaceDeclaration, TSTypeAliasDeclaration, TSEnumDeclaration'({ id }) {
        check(id);
      },
    };
  },
};

const header = {
  meta: { type: 'suggestion', messages: { missing: 'Begin the file with one sentence that says why it exists.' } },
  create: context => ({
    Program(node) {
      const first = context.sourceCode.getAllComments().find(({ type }) => type !== 'Shebang');
      const start = context.sourceCode.ast.tokens[0];
      if (start && (!first || first.range[0] > start.range[0])) context.report({ node, messageId: 'missing' });
    },
  }),
};

export default { rules: { names, header } };
