/** Made by libs/client/generate.mjs from apps/gateway/assets/openapi.json: change that, not this. */
/* eslint-disable */
export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key set of access tokens (RFC 7517) */
        get: operations["keys.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Place an order; with Prefer: wait=N the answer waits for the decision */
        post: operations["orders.place"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An order, as the log has it now */
        get: operations["orders.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{id}/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel an order that was confirmed; its stock is given back */
        post: operations["orders.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look through the products */
        get: operations["products.list"];
        put?: never;
        /** List a product */
        post: operations["products.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A product, as the log has it now */
        get: operations["products.read"];
        put?: never;
        post?: never;
        /** Withdraw a product: it can be bought no more */
        delete: operations["products.withdraw"];
        options?: never;
        head?: never;
        /** Change a product; If-Match names the version that was read */
        patch: operations["products.change"];
        trace?: never;
    };
    "/products/{id}/stock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Receive stock */
        post: operations["products.receive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in */
        post: operations["sessions.signIn"];
        /** End all of my sessions, this one too */
        delete: operations["sessions.signOutEverywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * New tokens for a refresh token
         * @description A refresh token is good once. One that comes a second time was stolen or lost: its session ends.
         */
        post: operations["sessions.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session of a refresh token; its access tokens end within 15 minutes */
        post: operations["sessions.signOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign up */
        post: operations["users.signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A user, as the log has it now */
        get: operations["users.read"];
        put?: never;
        post?: never;
        /** Close the account, for good */
        delete: operations["users.close"];
        options?: never;
        head?: never;
        /** Change the profile; with If-Match only the version that was read */
        patch: operations["users.change"];
        trace?: never;
    };
    "/users/{id}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user’s orders, newest first */
        get: operations["userOrders.orders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the user bought in confirmed, not cancelled orders, last bought first
         * @description A product bought again while the list is walked page by page moves to its front, and a walk that has not come to it yet does not show it: read the first page once more to see what was bought meanwhile. One whose latest order is cancelled meanwhile moves back, and may come twice.
         */
        get: operations["userOrders.products"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the role of a user; tokens of before keep the old one for 15 minutes at most */
        post: operations["users.changeRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user who is signed in */
        get: operations["users.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change my password; all my other sessions end */
        post: operations["users.changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ChangeProductBody: {
            category?: string;
            description?: string;
            image?: string;
            price?: components["schemas"]["MoneyField"];
            /** @example Brass Lantern */
            title?: string;
        };
        ListedOrder: {
            /**
             * Format: date-time
             * @example 2026-01-01T10:00:00.000Z
             */
            cancelledAt: string | null;
            /**
             * Format: date-time
             * @example 2026-01-01T10:00:00.000Z
             */
            decidedAt: string | null;
            /**
             * Format: uuid
             * @example 0190a1b2-0000-7000-8000-000000000001
             */
            id: string;
            items: components["schemas"]["OrderedLine"][];
            /**
             * Format: date-time
             * @example 2026-01-01T10:00:00.000Z
             */
            placedAt: string;
            /** @description Why it was rejected */
            rejection?: components["schemas"]["OrderRefusal"];
            /**
             * @example confirmed
             * @enum {string}
             */
            status: "placed" | "confirmed" | "rejected" | "cancelled";
            total: components["schemas"]["MoneyField"];
        };
        ListedOrders: {
            /** @description Newest first */
            items: components["schemas"]["ListedOrder"][];
            /**
             * @description Cursor of the next page; null at the end
             * @example null
             */
            next: string | null;
        };
        ListProductBody: {
            /** @example desk */
            category: string;
            /** @example Shines warmly. */
            description: string;
            /** @example /images/desk-lamp.svg */
            image: string;
            /**
             * @example {
             *       "amount": 1250,
             *       "currency": "EUR"
             *     }
             */
            price: components["schemas"]["MoneyField"];
            /**
             * @default 0
             * @example 10
             */
            stock: number;
            /** @example Brass Lamp */
            title: string;
        };
        Money: {
            /**
             * @description Minor units (cents)
             * @example 2500
             */
            amount: number;
            /** @example EUR */
            currency: string;
        };
        MoneyBody: {
            /**
             * @description Minor units (cents)
             * @example 1250
             */
            amount: number;
            /** @example EUR */
            currency: string;
        };
        MoneyField: {
            /**
             * @description Minor units (cents)
             * @example 1250
             */
            amount: number;
            /**
             * @description ISO 4217
             * @example EUR
             */
            currency: string;
        };
        OrderBody: {
            /** Format: uuid */
            id: string;
            items: components["schemas"]["OrderItem"][];
            /** Format: date-time */
            placedAt: string;
            rejection?: components["schemas"]["OrderRejectionBody"];
            /** @enum {string} */
            status: "placed" | "confirmed" | "rejected" | "cancelled";
            total: components["schemas"]["Money"];
            /** Format: uuid */
            userId: string;
        };
        OrderedLine: {
            /**
             * Format: uuid
             * @example 0190a1b2-0000-7000-8000-000000000001
             */
            productId: string;
            /**
             * @description Units
             * @example 1
             */
            quantity: number;
            unitPrice: components["schemas"]["MoneyField"];
        };
        OrderItem: {
            /** Format: uuid */
            productId: string;
            /** @example 2 */
            quantity: number;
            /** @description As it was when the order was placed */
            unitPrice: components["schemas"]["Money"];
        };
        OrderItemBody: {
            /**
             * Format: uuid
             * @example 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b
             */
            productId: string;
            /** @example 2 */
            quantity: number;
        };
        OrderRefusal: {
            /** @example out-of-stock */
            code: string;
            items: components["schemas"]["RefusedLine"][];
        };
        OrderRejectionBody: {
            /** @example out-of-stock */
            code: string;
            items: components["schemas"]["ShortOrderItem"][];
        };
        PasswordBody: {
            /**
             * Format: password
             * @example a-long-enough-passphrase
             */
            currentPassword: string;
            /**
             * Format: password
             * @example another-long-passphrase
             */
            newPassword: string;
        };
        PlaceOrderBody: {
            /** @description What the buyer saw; another total is refused */
            expectedTotal?: components["schemas"]["MoneyField"];
            /** @description Each product once */
            items: components["schemas"]["OrderItemBody"][];
        };
        Problem: {
            /** @example invalid-request */
            code: string;
            /** @example Mend the fields listed in errors. */
            detail: string;
            errors?: {
                /** @example is-int */
                code: string;
                /** @example quantity must be an integer number */
                message: string;
                /** @example /items/0/quantity */
                pointer: string;
            }[];
            /** @example /orders */
            instance: string;
            /** @example false */
            retryable: boolean;
            /** @example 400 */
            status: number;
            /** @example The request breaks a rule */
            title: string;
            /** @example 4bf92f3577b34da6a3ce929d0e0e4736 */
            traceId: string;
            /**
             * Format: uri
             * @example http://127.0.0.1:8080/problems/invalid-request
             */
            type: string;
        };
        ProductBody: {
            /**
             * @description Units that can be bought now
             * @example 10
             */
            available: number;
            /** @example desk */
            category: string;
            description: string;
            /** Format: uuid */
            id: string;
            /** @example /images/desk-lamp.svg */
            image: string;
            price: components["schemas"]["MoneyBody"];
            /** @enum {string} */
            status: "listed" | "withdrawn";
            /** @example Brass Lamp */
            title: string;
        };
        ProductPage: {
            items: components["schemas"]["ProductBody"][];
            /** @description Cursor of the next page; null at the end */
            next: string | null;
        };
        ProfileBody: {
            /** @example Bob */
            displayName: string;
        };
        PurchasedProduct: {
            /**
             * Format: date-time
             * @example 2026-01-01T10:00:00.000Z
             */
            firstPurchasedAt: string;
            /** @example /images/enamel-mug.svg */
            image: string | null;
            /**
             * Format: date-time
             * @example 2026-01-01T10:00:00.000Z
             */
            lastPurchasedAt: string;
            /**
             * @description Orders that it is in
             * @example 1
             */
            orderCount: number;
            /** @description What it costs now */
            price: components["schemas"]["MoneyField"] | null;
            /**
             * Format: uuid
             * @example 0190a1b2-0000-7000-8000-000000000001
             */
            productId: string;
            /**
             * @description In confirmed, not cancelled orders
             * @example 1
             */
            quantity: number;
            /** @description At the prices of the orders */
            spent: components["schemas"]["MoneyField"];
            /**
             * @description Null until the product is known
             * @example Enamel mug
             */
            title: string | null;
        };
        PurchasedProducts: {
            /** @description Last purchased first */
            items: components["schemas"]["PurchasedProduct"][];
            /**
             * @description Cursor of the next page; null at the end
             * @example null
             */
            next: string | null;
            /**
             * @description Orders of this user that are not decided yet
             * @example 0
             */
            pending: number;
        };
        ReceiveStockBody: {
            /** @example 25 */
            quantity: number;
        };
        RefreshBody: {
            /** @description As the last answer of this session gave it */
            refreshToken: string;
        };
        RefusedLine: {
            /** @example 0 */
            available: number;
            /**
             * Format: uuid
             * @example 0190a1b2-0000-7000-8000-000000000001
             */
            productId: string;
            /**
             * @description Units asked for
             * @example 1
             */
            requested: number;
        };
        RoleBody: {
            /**
             * @example admin
             * @enum {string}
             */
            role: "customer" | "admin";
        };
        SessionBody: {
            /** @description Send it as Authorization: Bearer */
            accessToken: string;
            /**
             * @description Seconds
             * @example 900
             */
            expiresIn: number;
            /** @description Good once: POST /sessions/refresh gives new tokens for it */
            refreshToken: string;
            /** @example Bearer */
            tokenType: string;
            /** Format: uuid */
            userId: string;
        };
        SessionRequestBody: {
            /** @example bo@example.com */
            email: string;
            /**
             * Format: password
             * @example a-long-enough-passphrase
             */
            password: string;
        };
        ShortOrderItem: {
            available: number;
            /** Format: uuid */
            productId: string;
            requested: number;
        };
        SignUpBody: {
            /** @example Bo */
            displayName: string;
            /**
             * Format: email
             * @example bo@example.com
             */
            email: string;
            /**
             * Format: password
             * @example a-long-enough-passphrase
             */
            password: string;
        };
        UserBody: {
            /** @example Bo */
            displayName: string;
            /**
             * Format: email
             * @example bo@example.com
             */
            email: string;
            /**
             * Format: uuid
             * @example 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b
             */
            id: string;
            /**
             * @example customer
             * @enum {string}
             */
            role: "customer" | "admin";
        };
    };
    responses: never;
    parameters: {
        /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
        ConsistencyToken: string;
        /** @description Names this request: sent again with the same key it has one effect and one answer. */
        IdempotencyKey: string;
        /** @description Seconds to wait for what the token names, or for the decision of an order. */
        Prefer: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "keys.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description JSON Web Key Set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "orders.place": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceOrderBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "orders.read": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "orders.cancel": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.list": {
        parameters: {
            query?: {
                /** @description Only this category */
                category?: string;
                /** @description From the last page’s `next` */
                cursor?: string;
                /** @description Most products of a page */
                limit?: number;
                /** @description Words to look for in title and description */
                q?: string;
                sort?: "newest" | "title" | "price" | "-price";
            };
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.add": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListProductBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.read": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.withdraw": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.change": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeProductBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "products.receive": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReceiveStockBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.signIn": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionRequestBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.signOutEverywhere": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.signOut": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.signUp": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignUpBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.read": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.close": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.change": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "userOrders.orders": {
        parameters: {
            query?: {
                /** @description From the last page’s `next` */
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedOrders"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "userOrders.products": {
        parameters: {
            query?: {
                /** @description From the last page’s `next` */
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PurchasedProducts"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.changeRole": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.me": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserBody"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.changePassword": {
        parameters: {
            query?: never;
            header?: {
                /** @description What the caller has seen or written, as the last answer gave it: this answer shows at least that. */
                "Consistency-Token"?: components["parameters"]["ConsistencyToken"];
                /** @description Names this request: sent again with the same key it has one effect and one answer. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Seconds to wait for what the token names, or for the decision of an order. */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
/** Every `code` that a problem can have. */
export type ProblemCode =
    | "account-closed"
    | "already-listed"
    | "already-signed-up"
    | "bad-gateway"
    | "bad-request"
    | "body-too-large"
    | "busy-try-again"
    | "currency-fixed"
    | "email-taken"
    | "forbidden"
    | "gateway-timeout"
    | "headers-too-large"
    | "if-match-required"
    | "internal-error"
    | "invalid-cursor"
    | "invalid-request"
    | "invalid-token"
    | "key-reused"
    | "log-replaced"
    | "method-not-allowed"
    | "misdirected-request"
    | "mixed-currencies"
    | "not-acceptable"
    | "not-found"
    | "order-exists"
    | "order-not-decided"
    | "order-rejected"
    | "out-of-stock"
    | "own-role"
    | "price-changed"
    | "product-not-known"
    | "product-withdrawn"
    | "read-model-behind"
    | "request-timeout"
    | "service-unavailable"
    | "session-over"
    | "stale-version"
    | "token-ahead"
    | "too-many-requests"
    | "too-much-stock"
    | "total-too-large"
    | "unauthenticated"
    | "unknown-buyer"
    | "unknown-order"
    | "unknown-product"
    | "unknown-user"
    | "unsupported-media-type"
    | "user-closed"
    | "wrong-credentials"
    | "wrong-password";
