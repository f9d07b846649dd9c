/** Starts the products service. */
import { runService } from '@foldline/service-kit';
import { composeProducts } from './products.module';
import { productsSettings } from './products.settings';

void runService('products', productsSettings, composeProducts);
