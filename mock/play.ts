import { createComments } from './comments.ts';
import type { Exchange } from './exchange.ts';
import type { ModelSettings } from './options.ts';
import type { Plan, Step } from './plan.ts';

/** Does the steps of a plan, each as soon as enough tokens exist. */
export interface Playback {
  advance(tokens: number): void;
}

export function play(
  exchange: Exchange,
  plan: Plan,
  settings: Pick<ModelSettings, 'commentMs' | 'closeAfterAnswer'>,
): Playback {
  const comments = createComments(exchange, plan.stream ? settings.commentMs : 0, plan.protocol.comment);
  let next = 0;

  function perform(step: Step): void {
    switch (step.do) {
      case 'headers':
        exchange.headers(step.status, step.headers());
        comments.start();
        break;
      case 'frame':
        exchange.frame(step.data(), step.tokens, step.kind);
        break;
      case 'write':
        exchange.write(step.data(), step.tokens);
        break;
      case 'end':
        exchange.end(settings.closeAfterAnswer);
        break;
      case 'stall':
        comments.stop();
        break;
      case 'reset':
        exchange.reset();
        break;
      case 'cut':
        exchange.cut(step.raw());
        break;
      default:
        step satisfies never;
    }
  }

  return {
    advance(tokens) {
      const from = next;
      exchange.batch(() => {
        for (let step = plan.steps[next]; step !== undefined && step.needs <= tokens; step = plan.steps[next]) {
          if (exchange.over) return;
          next += 1;
          perform(step);
        }
      });
      if (next > from) comments.heard();
    },
  };
}
