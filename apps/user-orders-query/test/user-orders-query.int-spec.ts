import { userOrdersSuite } from './user-orders-suite';

jest.setTimeout(120_000);

userOrdersSuite(() => ({}), true);
