/** What a command leads to. */
import type { ProductEvent } from '@foldline/contracts';
import { accept, reject, type Decision } from '@foldline/decider';
import type {
  ChangeProduct,
  ListProduct,
  ProductCommand,
  ReceiveStock,
  ReleaseStock,
  ReserveStock,
} from './product.commands';
import type { ProductRejection } from './product.rejections';
import type { Product, ProductState } from './product.state';

type ProductDecision = Decision<ProductEvent, ProductRejection>;

/** Keeps every sum of stock an exact integer that the database can hold. */
const MOST_STOCK = 1_000_000_000;

export function decide(command: ProductCommand, state: ProductState): ProductDecision {
  if (command.type === 'ListProduct') return list(command, state);
  if (state.status === 'none') return reject({ code: 'unknown-product' });
  switch (command.type) {
    case 'ChangeProduct':
      return change(command, state);
    case 'ReceiveStock':
      return receive(command, state);
    case 'WithdrawProduct':
      return state.status === 'withdrawn'
        ? accept()
        : accept<ProductEvent>({ type: 'ProductWithdrawn', data: { productId: state.productId } });
    case 'ReserveStock':
      return reserve(command, state);
    case 'ReleaseStock':
      return release(command, state);
  }
}

function list(
  { productId, title, description, image, category, price, currency, stock }: ListProduct,
  state: ProductState,
): ProductDecision {
  if (state.status !== 'none') return reject({ code: 'already-listed' });
  const listed: ProductEvent = {
    type: 'ProductListed',
    data: { productId, title, description, image, category, price, currency },
  };
  if (stock === 0) return accept(listed);
  return accept<ProductEvent>(listed, { type: 'StockReceived', data: { productId, quantity: stock } });
}

function change(command: ChangeProduct, product: Product): ProductDecision {
  if (product.status === 'withdrawn') return reject({ code: 'product-withdrawn' });
  const { productId, currency } = product;
  if (command.price && command.price.currency !== currency) return reject({ code: 'currency-fixed', currency });
  const {
    title = product.title,
    description = product.description,
    image = product.image,
    category = product.category,
  } = command;
  const sameDetails =
    title === product.title &&
    description === product.description &&
    image === product.image &&
    category === product.category;
  const price = command.price?.amount ?? product.price;
  return accept<ProductEvent>(
    ...(sameDetails
      ? []
      : [{ type: 'ProductDetailsChanged', data: { productId, title, description, image, category } } as const]),
    ...(price === product.price ? [] : [{ type: 'ProductRepriced', data: { productId, price } } as const]),
  );
}

function receive({ quantity }: ReceiveStock, { status, productId, available, reserved }: Product): ProductDecision {
  if (status === 'withdrawn') return reject({ code: 'product-withdrawn' });
  if (available + reserved + quantity > MOST_STOCK) return reject({ code: 'too-much-stock' });
  return accept<ProductEvent>({ type: 'StockReceived', data: { productId, quantity } });
}

function reserve({ orderId, quantity }: ReserveStock, { status, productId, available }: Product): ProductDecision {
  if (status === 'withdrawn') return reject({ code: 'product-withdrawn' });
  if (quantity > available) return reject({ code: 'out-of-stock', requested: quantity, available });
  return accept<ProductEvent>({ type: 'StockReserved', data: { productId, orderId, quantity } });
}

/** A withdrawn product takes its units back too: they were reserved before. */
function release({ orderId, quantity }: ReleaseStock, { productId }: Product): ProductDecision {
  return accept<ProductEvent>({ type: 'StockReleased', data: { productId, orderId, quantity } });
}
