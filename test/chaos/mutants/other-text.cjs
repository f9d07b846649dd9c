// A loader that gives a file another text than is in it.
module.exports = function otherText() {
  return this.getOptions().texts[this.resourcePath];
};
