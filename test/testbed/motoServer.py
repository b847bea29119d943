"""moto's server, with the one thing that Firebreak needs and moto lacks: EC2 capacity reservations.

Arguments are moto's own. moto reads the four requests from the wire and writes their answers by the service model that
botocore ships (data/ec2/2016-11-15); here a request is first held against that model: parameters that it does not know,
required members, types and enumerations. What was reserved is kept in moto's EC2 backend, and forgotten when it is reset.
This is no emulation of EC2: nothing is ever out of capacity, and no instance uses a reservation.
"""

import re
from datetime import datetime, timezone

from botocore.validate import ParamValidator
from moto.core.model import ServiceModel
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response
from moto.server import main

envelope = {"Action", "Version"}


def problems_of(operation: str, wire: dict, parsed: dict) -> list[str]:
    """What is wrong with a request by the service model; `wire` holds the parameters as they were sent."""
    model: ServiceModel = get_service_model("ec2")
    shape = model.operation_model(operation).input_shape
    known = [re.compile(pattern) for pattern in wire_names(shape)]
    problems = [
        f"{name}: no parameter of {operation}"
        for name in sorted(wire)
        if name not in envelope and not any(pattern.fullmatch(name) for pattern in known)
    ]
    report = ParamValidator().validate(parsed, shape)
    if report.has_errors():
        problems += report.generate_report().splitlines()
    return problems + enum_problems(shape, parsed, "")


def wire_names(shape, prefix: str = "") -> list[str]:
    """Patterns of the names under which EC2's query protocol sends the members of a structure."""
    if shape.type_name == "structure":
        names = []
        for name, member in shape.members.items():
            serialized = member.serialization.get("queryName") or member.serialization.get("name", name)
            wire = re.escape(serialized[0].upper() + serialized[1:])
            names += wire_names(member, f"{prefix}\\.{wire}" if prefix else wire)
        return names
    if shape.type_name == "list":
        return wire_names(shape.member, f"{prefix}\\.[1-9][0-9]*")
    return [prefix]


def enum_problems(shape, value, place: str) -> list[str]:
    """botocore leaves enumerations to the service."""
    if value is None:
        return []
    if shape.type_name == "structure":
        return [p for n, m in shape.members.items() for p in enum_problems(m, value.get(n), f"{place}{n}.")]
    if shape.type_name == "list":
        return [p for i, item in enumerate(value) for p in enum_problems(shape.member, item, f"{place}{i}.")]
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        return [f"{place.rstrip('.')}: {value} is none of {', '.join(allowed)}"]
    return []


def plain(value):
    """moto's maps know a key under two spellings; the validator takes plain ones."""
    if hasattr(value, "original_dict"):
        return {key: plain(item) for key, item in value.original_dict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def checked(response: EC2Response, operation: str) -> dict:
    wire = {name: value[0] for name, value in response.querystring.items()}
    request = plain(response.params)
    problems = problems_of(operation, wire, request)
    if problems:
        raise EC2ClientError("InvalidParameterValue", "; ".join(problems))
    return request


def kept(response: EC2Response) -> dict[str, dict]:
    return response.ec2_backend.__dict__.setdefault("capacity_reservations", {})


def find(response: EC2Response, id: str) -> dict:
    found = kept(response).get(id)
    if found is None:
        raise EC2ClientError("InvalidCapacityReservationId.NotFound", f"The capacity reservation {id} does not exist")
    return found


def create_capacity_reservation(self) -> ActionResult:
    request = checked(self, "CreateCapacityReservation")
    reservations = kept(self)
    # The same token is the same request (Amazon EC2 API Reference, "Ensuring idempotency").
    token = request.get("ClientToken")
    same = next((r for r in reservations.values() if token and r["ClientToken"] == token), None)
    if same is not None:
        return ActionResult({"CapacityReservation": same})
    id = f"cr-{len(reservations) + 1:017x}"
    count = request["InstanceCount"]
    tags = [tag for spec in request.get("TagSpecifications", []) for tag in spec.get("Tags", [])]
    chosen = ("InstanceType", "InstancePlatform", "AvailabilityZone", "EbsOptimized", "EphemeralStorage", "EndDate")
    reservations[id] = {
        **{name: request[name] for name in chosen if name in request},
        "CapacityReservationId": id,
        "ClientToken": token,
        "OwnerId": self.current_account,
        "Tenancy": request.get("Tenancy", "default"),
        "InstanceMatchCriteria": request.get("InstanceMatchCriteria", "open"),
        "EndDateType": request.get("EndDateType", "unlimited"),
        "TotalInstanceCount": count,
        "AvailableInstanceCount": count,
        "State": "active",
        "CreateDate": datetime.now(timezone.utc),
        "Tags": tags,
    }
    return ActionResult({"CapacityReservation": reservations[id]})


def modify_capacity_reservation(self) -> ActionResult:
    request = checked(self, "ModifyCapacityReservation")
    found = find(self, request["CapacityReservationId"])
    if "InstanceCount" in request:
        found["TotalInstanceCount"] = found["AvailableInstanceCount"] = request["InstanceCount"]
    found.update({n: request[n] for n in ("EndDate", "EndDateType", "InstanceMatchCriteria") if n in request})
    return ActionResult({"Return": True})


def cancel_capacity_reservation(self) -> ActionResult:
    request = checked(self, "CancelCapacityReservation")
    find(self, request["CapacityReservationId"]).update({"State": "cancelled", "AvailableInstanceCount": 0})
    return ActionResult({"Return": True})


def describe_capacity_reservations(self) -> ActionResult:
    request = checked(self, "DescribeCapacityReservations")
    ids = request.get("CapacityReservationIds")
    found = list(kept(self).values()) if ids is None else [find(self, id) for id in ids]
    return ActionResult({"CapacityReservations": found})


for operation in (
    create_capacity_reservation,
    modify_capacity_reservation,
    cancel_capacity_reservation,
    describe_capacity_reservations,
):
    if hasattr(EC2Response, operation.__name__):
        raise SystemExit(f"moto has {operation.__name__} by now: take its own")
    setattr(EC2Response, operation.__name__, operation)

# EC2 tells the platform of every instance; moto's are Linux.
Instance.platform_details = "Linux/UNIX"

if __name__ == "__main__":
    main()
