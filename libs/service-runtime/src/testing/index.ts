/** For tests of services over HTTP, on a real database and a real broker. */
export { StandInOwner } from './stand-in-owner';
export { ServiceUnderTest, type Answer, type Call } from './service-under-test';
