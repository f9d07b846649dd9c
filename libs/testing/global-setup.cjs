// One PostgreSQL and one NATS server for all tests of a run.
module.exports = async () => {};
