// Removes what journeys-setup made.
module.exports = async () => {
  global.foldlineJourneys?.remove();
  global.foldlineJourneys = undefined;
};
