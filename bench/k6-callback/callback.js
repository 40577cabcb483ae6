// A closed loop of STREAMS requests for DURATION, timed by a JavaScript callback per frame.
import { Counter, Trend } from 'k6/metrics';
import { post } from 'k6/x/callback';

const ttft = new Trend('llm_ttft', true);
const itl = new Trend('llm_itl', true);
const tokens = new Counter('llm_output_tokens');

export const options = {
  scenarios: {
    blast: { executor: 'constant-vus', vus: Number(__ENV.STREAMS), duration: __ENV.DURATION, gracefulStop: '30s' },
  },
};

const url = `${__ENV.BASE_URL}/v1/chat/completions`;
const body = JSON.stringify({
  model: 'bench',
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: Number(__ENV.TOKENS),
  messages: [{ role: 'user', content: 'Say something.' }],
});

export default function () {
  let last;
  let frames = 0;
  const status = post(url, body, (data, at) => {
    if (data === '[DONE]') return;
    const content = JSON.parse(data).choices[0]?.delta.content;
    if (!content) return;
    if (last === undefined) ttft.add(at);
    else itl.add(at - last);
    last = at;
    frames++;
  });
  if (status !== 200) throw new Error(`HTTP status ${status}`);
  tokens.add(frames);
}

export function handleSummary(data) {
  return { stdout: `${JSON.stringify({ tokens: data.metrics.llm_output_tokens?.values.count ?? 0 })}\n` };
}
