import net from "node:net";

/** Holds a Unix socket until it is killed, as an agent would. */
net.createServer((client) => client.resume()).listen(process.argv[2], () => process.send?.("listening"));
