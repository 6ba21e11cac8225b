import { defineErrors } from '../../kernel/errors.js';

export const pipelineErrors = defineErrors({
  NEIGHBOUR_MOVED: {
    kind: 'CONFLICT',
    message: 'The deal behind which this one should go is not in that stage; read the stage again.',
  },
  STAGE_NOT_EMPTY: {
    kind: 'INVALID_STATE',
    message: 'Deals are in this stage; move them before it is removed.',
  },
  PIPELINE_NOT_EMPTY: {
    kind: 'INVALID_STATE',
    message: 'Deals are in this pipeline; move or delete them before it is deleted.',
  },
});
