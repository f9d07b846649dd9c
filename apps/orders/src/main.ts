/** Starts the orders service. */
import { runService } from '@foldline/service-kit';
import { composeOrders } from './orders.module';
import { ordersSettings } from './orders.settings';

void runService('orders', ordersSettings, composeOrders);
