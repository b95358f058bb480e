"use strict";
// A shop of Vendure that sells one product of which there are few. `node serve.cjs PORT` takes its database from the
// environment as PostgreSQL's own programs do (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE), keeps to SHOP_SCHEMA in it,
// fills that, and says when it is ready.
const path = require("node:path");
const core = require("@vendure/core");
const { populate } = require("@vendure/core/cli");

const config = (synchronize) => ({
    apiOptions: { port: Number(process.argv[2]), hostname: "127.0.0.1", adminApiPath: "admin-api", shopApiPath: "shop-api" },
    authOptions: { tokenMethod: "bearer" },
    dbConnectionOptions: {
        type: "postgres",
        host: process.env.PGHOST,
        port: Number(process.env.PGPORT),
        username: process.env.PGUSER,
        password: process.env.PGPASSWORD,
        database: process.env.PGDATABASE,
        schema: process.env.SHOP_SCHEMA,
        extra: { max: 30 },
        logging: false,
        synchronize,
    },
    logger: new core.DefaultLogger({ level: core.LogLevel.Error }),
    paymentOptions: { paymentMethodHandlers: [core.dummyPaymentHandler] },
    plugins: [core.DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true })],
});

const settles = [{ name: "automaticSettle", value: "true" }];
const shop = {
    defaultLanguage: core.LanguageCode.en,
    defaultZone: "Americas",
    taxRates: [{ name: "Standard", percentage: 20 }],
    countries: [{ name: "United States of America", code: "US", zone: "Americas" }],
    shippingMethods: [{ name: "By mail", price: 0 }],
    paymentMethods: [{ name: "Pays", handler: { code: core.dummyPaymentHandler.code, arguments: settles } }],
    collections: [],
};

async function main() {
    const filled = await populate(() => core.bootstrap(config(true)), shop, path.join(__dirname, "products.csv"));
    await filled.close();
    await core.bootstrap(config(false));
    console.log("ready");
}

main().catch((problem) => {
    console.error(problem);
    process.exit(1);
});
