#pragma once

#include "kinds/kind.h"

namespace almanac::adapters::aws {

// `metrics: {kind: cloudwatch}`: what CloudWatch knows of an Auto Scaling group's load.
const kinds::MetricsKind& cloudwatch_kind();

// `target: {kind: auto_scaling_group}`: an EC2 Auto Scaling group.
const kinds::TargetKind& auto_scaling_kind();

}  // namespace almanac::adapters::aws
