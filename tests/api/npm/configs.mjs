// Reads a tool's configuration as JSON from standard input, and prints what the tool's own schema keeps of it: `node configs.mjs TOOL`.
import fs from "node:fs";
import { createRequire } from "node:module";

const readers = {
  librechat: () => createRequire(import.meta.url)("librechat-data-provider").configSchema,
  continue: async () => (await import("@continuedev/config-yaml")).configYamlSchema,
  mcpServers: async () => (await import("@continuedev/config-yaml")).claudeDesktopLikeConfigFileSchema,
};

const schema = await readers[process.argv[2]]();
const { success, data = null, error = null } = schema.safeParse(JSON.parse(fs.readFileSync(0, "utf8")));
console.log(JSON.stringify({ success, data, issues: error?.issues ?? [] }));
