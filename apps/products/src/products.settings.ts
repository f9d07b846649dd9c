/** The settings of the products service. */
import { commonSettings, type ConfigOf } from '@foldline/service-kit';
import { writingSettings } from '@foldline/service-runtime';

export const productsSettings = { ...commonSettings, ...writingSettings };

export type ProductsConfig = ConfigOf<typeof productsSettings>;
