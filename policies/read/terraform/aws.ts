import type { TerraformType } from "./resourceType.js";
import { type Fields, reshape } from "./shape.js";

const typed = (token: string, fields: Fields): TerraformType => ({
  token,
  inputs: (values) => reshape(values, fields),
});

const same = "same" as const;

const autoscalingGroup = typed("aws:autoscaling/group:Group", {
  name: same,
  desired_capacity: same,
  min_size: same,
  max_size: same,
  availability_zones: same,
  vpc_zone_identifier: ["vpcZoneIdentifiers", same],
  launch_configuration: same,
  launch_template: { one: { id: same, name: same, version: same } },
  protect_from_scale_in: same,
  suspended_processes: same,
  tag: ["tags", { many: { key: same, value: same, propagate_at_launch: same } }],
});

const ecsService = typed("aws:ecs/service:Service", {
  name: same,
  cluster: same,
  desired_count: same,
  scheduling_strategy: same,
  launch_type: same,
  task_definition: same,
  deployment_minimum_healthy_percent: same,
  deployment_maximum_percent: same,
  availability_zone_rebalancing: same,
  ordered_placement_strategy: ["orderedPlacementStrategies", { many: { type: same, field: same } }],
  placement_constraints: { many: { type: same, expression: same } },
  network_configuration: { one: { subnets: same } },
  tags: same,
});

const scalingTarget = typed("aws:appautoscaling/target:Target", {
  service_namespace: same,
  resource_id: same,
  scalable_dimension: same,
  min_capacity: same,
  max_capacity: same,
});

const record = typed("aws:route53/record:Record", {
  zone_id: same,
  name: same,
  type: same,
  ttl: same,
  records: same,
  set_identifier: same,
  health_check_id: same,
  weighted_routing_policy: ["weightedRoutingPolicies", { many: { weight: same } }],
  alias: ["aliases", { many: { name: same, zone_id: same, evaluate_target_health: same } }],
});

const capacityReservation = typed("aws:ec2/capacityReservation:CapacityReservation", {
  instance_type: same,
  instance_platform: same,
  instance_count: same,
  availability_zone: same,
  end_date: same,
  end_date_type: same,
  instance_match_criteria: same,
  tags: same,
});

const instance = typed("aws:ec2/instance:Instance", {
  instance_type: same,
  availability_zone: same,
  subnet_id: same,
  disable_api_termination: same,
  tags: same,
});

const launchTemplate = typed("aws:ec2/launchTemplate:LaunchTemplate", {
  name: same,
  instance_type: same,
  placement: { one: { availability_zone: same } },
  capacity_reservation_specification: { one: { capacity_reservation_preference: same } },
  tags: same,
});

const loadBalancer = typed("aws:lb/loadBalancer:LoadBalancer", {
  name: same,
  load_balancer_type: same,
  internal: same,
  subnets: same,
  enable_cross_zone_load_balancing: same,
  enable_deletion_protection: same,
  tags: same,
});

const targetGroup = typed("aws:lb/targetGroup:TargetGroup", {
  name: same,
  port: same,
  protocol: same,
  target_type: same,
  deregistration_delay: same,
  tags: same,
});

const forward = { one: { target_group: ["targetGroups", { many: { arn: same, weight: same } }] } } as const;
const action: Fields = { type: same, target_group_arn: same, forward };

const listener = typed("aws:lb/listener:Listener", {
  load_balancer_arn: same,
  port: same,
  protocol: same,
  default_action: ["defaultActions", { many: action }],
  tags: same,
});

const listenerRule = typed("aws:lb/listenerRule:ListenerRule", {
  listener_arn: same,
  priority: same,
  action: ["actions", { many: action }],
  tags: same,
});

const attachment = typed("aws:lb/targetGroupAttachment:TargetGroupAttachment", {
  target_group_arn: same,
  target_id: same,
  availability_zone: same,
});

/** Resource types of hashicorp/aws that rules look at. */
export const awsTypes: Readonly<Record<string, TerraformType>> = {
  aws_autoscaling_group: autoscalingGroup,
  aws_ecs_service: ecsService,
  aws_appautoscaling_target: scalingTarget,
  aws_route53_record: record,
  aws_ec2_capacity_reservation: capacityReservation,
  aws_instance: instance,
  aws_launch_template: launchTemplate,
  aws_lb: loadBalancer,
  aws_alb: loadBalancer,
  aws_lb_target_group: targetGroup,
  aws_alb_target_group: targetGroup,
  aws_lb_listener: listener,
  aws_alb_listener: listener,
  aws_lb_listener_rule: listenerRule,
  aws_alb_listener_rule: listenerRule,
  aws_lb_target_group_attachment: attachment,
  aws_alb_target_group_attachment: attachment,
};
