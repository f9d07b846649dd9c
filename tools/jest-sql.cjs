// Lets jest import a .sql file as its text, as the build does.
module.exports = {
  process: text => ({
    code: `Object.defineProperty(exports,'__esModule',{value:true});exports.default=${JSON.stringify(text)};`,
  }),
};
