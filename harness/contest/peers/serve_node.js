// An echo server of node's net. It copies with back-pressure.
const net = require("net");

const server = net.createServer(conn => {
  conn.on("error", () => {});
  conn.pipe(conn);
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  console.log(`127.0.0.1:${server.address().port} Node.js ${process.version}`);
});
process.stdin.on("end", () => process.exit(0)).resume();
