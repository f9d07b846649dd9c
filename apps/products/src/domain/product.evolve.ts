/** What an event makes of a product. */
import type { ProductEvent } from '@foldline/contracts';
import type { Product, ProductState } from './product.state';

const change = (state: ProductState, fields: (product: Product) => Partial<Product>): ProductState =>
  state.status === 'none' ? state : { ...state, ...fields(state) };

export function evolve(state: ProductState, event: ProductEvent): ProductState {
  switch (event.type) {
    case 'ProductListed': {
      const { productId, title, description, image, category, price, currency } = event.data;
      return {
        status: 'listed',
        productId,
        title,
        description,
        image,
        category,
        price,
        currency,
        available: 0,
        reserved: 0,
      };
    }
    case 'ProductDetailsChanged': {
      const { title, description, image, category } = event.data;
      return change(state, () => ({ title, description, image, category }));
    }
    case 'ProductRepriced':
      return change(state, () => ({ price: event.data.price }));
    case 'ProductWithdrawn':
      return change(state, () => ({ status: 'withdrawn' }));
    case 'StockReceived':
      return change(state, ({ available }) => ({ available: available + event.data.quantity }));
    case 'StockReserved':
      return change(state, ({ available, reserved }) => ({
        available: available - event.data.quantity,
        reserved: reserved + event.data.quantity,
      }));
    case 'StockReleased':
      return change(state, ({ available, reserved }) => ({
        available: available + event.data.quantity,
        reserved: reserved - event.data.quantity,
      }));
    case 'StockRefused':
      // Stands in a stream of its own and says nothing about this product.
      return state;
  }
}
