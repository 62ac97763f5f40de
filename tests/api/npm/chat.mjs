// Asks the service with OpenAI's JavaScript library: `node chat.mjs SCENARIO BASE_URL JSON` prints what came of it as JSON.
import OpenAI from "openai";

const [scenario, baseURL, options = "{}"] = process.argv.slice(2);
const { key = "unused", retries = 0, body = {} } = JSON.parse(options);
const asked = { model: "dateline", ...body };
let requests = 0;
const client = new OpenAI({
  baseURL,
  apiKey: key,
  maxRetries: retries,
  fetch: (...request) => {
    requests += 1;
    return fetch(...request);
  },
});

// Offsets of annotations count Unicode code points; a JavaScript string counts UTF-16 units, so it is taken apart first.
function cited(content, { start_index: start, end_index: end }) {
  return Array.from(content).slice(start, end).join("");
}

const scenarios = {
  async models() {
    const listed = [];
    for await (const model of client.models.list()) listed.push(model.id);
    return { listed, one: await client.models.retrieve("dateline") };
  },

  async whole() {
    const done = await client.chat.completions.create(asked);
    const { content, annotations } = done.choices[0].message;
    const places = annotations.map((annotation) => annotation.url_citation);
    return {
      done,
      cited: places.map((place) => cited(content, place)),
      sliced: places.map((place) => content.slice(place.start_index, place.end_index)),
    };
  },

  async stream() {
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) chunks.push(chunk);
    return { chunks };
  },

  // The library's own way of putting a stream together again.
  async collected() {
    const stream = client.chat.completions.stream(asked);
    return { content: await stream.finalContent(), usage: await stream.totalUsage() };
  },

  async abort() {
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    let content = "";
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta?.content ?? "";
      if (content) stream.controller.abort();
    }
    return { content };
  },
};

try {
  console.log(JSON.stringify({ ...(await scenarios[scenario]()), requests }));
} catch (error) {
  const { status = null, code = null, param = null, type = null, message, requestID = null } = error;
  console.log(JSON.stringify({ error: error.constructor.name, status, code, param, type, message, requestID, requests }));
}
