/** Which stage of a ramping executor is running now. VU code only: k6/execution knows no scenario at init. */
import exec from 'k6/execution';
import { parseDuration } from './duration.ts';

function currentStages(): ReadonlyArray<{ duration: string; target: number }> {
  const name = exec.scenario.name;
  const scenario = exec.test.options.scenarios?.[name];
  if (!scenario) throw new Error(`the exec.test.options object doesn't contain the current scenario ${name}`);
  const stages = 'stages' in scenario ? scenario.stages : undefined;
  if (!stages) throw new Error(`scenario ${name}: only ramping-vus and ramping-arrival-rate have stages`);
  if (stages.length === 0) throw new Error(`the current scenario ${name} doesn't contain any stage`);
  return stages;
}

/**
 * Index of the running stage, from 0; the last one once all are over (gracefulStop).
 * @throws Error where the scenario's executor has no stages
 */
export function getCurrentStageIndex(): number {
  const stages = currentStages();
  const elapsed = Date.now() - exec.scenario.startTime;
  let end = 0;
  for (const [index, stage] of stages.entries()) {
    end += parseDuration(stage.duration);
    if (elapsed < end) return index;
  }
  return stages.length - 1;
}

/** Sets the VU's tag `stage` to the index of the running stage. Throws as getCurrentStageIndex does. */
export function tagWithCurrentStageIndex(): void {
  exec.vu.metrics.tags.stage = getCurrentStageIndex();
}

/**
 * Sets the VU's tag `stage_profile` to `ramp-up`, `steady` or `ramp-down`, by the target of the running stage against that
 * of the one before; the first stage is always `ramp-up`. Throws as getCurrentStageIndex does.
 */
export function tagWithCurrentStageProfile(): void {
  exec.vu.metrics.tags.stage_profile = stageProfile();
}

function stageProfile(): 'ramp-up' | 'steady' | 'ramp-down' {
  const index = getCurrentStageIndex();
  const stages = currentStages();
  const target = stages[index]?.target ?? 0;
  const previous = stages[index - 1]?.target;
  if (previous === undefined || target > previous) return 'ramp-up';
  return target === previous ? 'steady' : 'ramp-down';
}
