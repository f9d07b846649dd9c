/** The settings of the orders service. */
import { commonSettings, type ConfigOf } from '@foldline/service-kit';
import { writingSettings } from '@foldline/service-runtime';

export const ordersSettings = { ...commonSettings, ...writingSettings };

export type OrdersConfig = ConfigOf<typeof ordersSettings>;
