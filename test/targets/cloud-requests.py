"""Checks the requests of an artefact's folder against the platform's own model of them: cloud-requests.py TARGET FOLDER."""

import json
import sys


def ami(read):
    from botocore.loaders import Loader
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    for service, operation, name in [
        ("ebs", "StartSnapshot", "start-snapshot.json"),
        ("ec2", "RegisterImage", "register-image.json"),
        ("ec2", "RunInstances", "run-instances.json"),
    ]:
        model = ServiceModel(Loader().load_service_model(service, "service-2"))
        check_shape(read(name), model.operation_model(operation).input_shape, name)
        report = ParamValidator().validate(read(name), model.operation_model(operation).input_shape)
        need(not report.has_errors(), f"{name}: {report.generate_report()}")


def check_shape(value, shape, where):
    """Names of fields and values of enumerations, of which botocore says nothing."""
    if shape.type_name == "structure":
        for key, part in value.items():
            need(key in shape.members, f"{where}: no field {key}")
            check_shape(part, shape.members[key], f"{where}.{key}")
    elif shape.type_name == "list":
        for part in value:
            check_shape(part, shape.member, where)
    elif getattr(shape, "enum", []):
        need(value in shape.enum, f"{where}: {value} is none of {shape.enum}")


def azure(read):
    from azure.mgmt.compute import models

    check_model(models.Disk(read("disk.json")), "disk.json")
    check_model(models.VirtualMachine(read("vm.json")), "vm.json")


def check_model(value, where):
    from enum import Enum

    fields = {field._rest_name: name for name, field in type(value)._attr_to_rest_field.items()}
    for key in value.keys():
        need(key in fields, f"{where}: no field {key}")
        part = getattr(value, fields[key])
        for item in part if isinstance(part, list) else [part]:
            if hasattr(item, "_attr_to_rest_field"):
                check_model(item, f"{where}.{key}")
            unknown = isinstance(item, str) and not isinstance(item, Enum) and is_enum(value, fields[key])
            need(not unknown, f"{where}.{key}: {item}")


def is_enum(model, name):
    """Whether a field's type is an enumeration: a value that it does not know stays a plain text."""
    types = [vars(base).get("__annotations__", {}).get(name, "") for base in type(model).__mro__]
    return any("Union[str, ForwardRef" in str(each) for each in types)


def gce(read):
    compute_v1 = module_alone("google.cloud.compute_v1.types.compute")
    image = compute_v1.Image.from_json(json.dumps(read("image.json")))
    for feature in image.guest_os_features:
        need(feature.type_ in compute_v1.GuestOsFeature.Type.__members__, f"guestOsFeatures: {feature.type_}")
    need(image.architecture in compute_v1.Image.Architecture.__members__, f"architecture: {image.architecture}")
    instance = compute_v1.Instance.from_json(json.dumps(read("instance.json")))
    for config in instance.network_interfaces[0].access_configs:
        need(config.type_ in compute_v1.AccessConfig.Type.__members__, f"accessConfigs: {config.type_}")
    need(instance.disks[0].initialize_params.source_image == f"global/images/{image.name}", "another image")


def openstack(read):
    schema = module_alone("glanceclient.v2.image_schema")
    types = {"string": str, "integer": int, "boolean": bool, "array": list, "null": type(None)}
    for key, value in read("image.json").items():
        rule = schema._BASE_SCHEMA["properties"].get(key, schema._BASE_SCHEMA["additionalProperties"])
        names = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        need(isinstance(value, tuple(types[name] for name in names)), f"{key}: {value} is no {names}")
        need(value in rule.get("enum", [value]), f"{key}: {value} is none of {rule.get('enum')}")
        need(not rule.get("readOnly") and not rule.get("description", "").endswith("(READ-ONLY)"), f"{key} cannot be set")


def module_alone(name):
    """A module without those above it, which would want the rest of a client."""
    from importlib.util import module_from_spec, spec_from_file_location
    from os.path import exists, join

    paths = (join(folder, *name.split(".")) + ".py" for folder in sys.path)
    spec = spec_from_file_location(name, next(path for path in paths if exists(path)))
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def need(condition, message):
    if not condition:
        sys.exit(message)


def main(target, folder):
    def read(name):
        with open(f"{folder}/{name}") as file:
            return json.load(file)

    {"ami": ami, "azure": azure, "gce": gce, "openstack": openstack}[target](read)


main(*sys.argv[1:])
