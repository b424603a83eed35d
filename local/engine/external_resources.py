"""Creates the resources that the engine's CloudFormation does not create.

SNS platform applications are in no template, on AWS either, since they hold credentials of Apple and Google. Here their
credentials are invented. Event archives are in the template, but the engine's CloudFormation does not support them, so
this module creates them from their properties.
"""

import json

# Prefixes of the template's parameters, which are also the keys in `stack.json`, with a capital.
PLATFORMS = {"Fcm": "GCM", "Apns": "APNS", "ApnsSandbox": "APNS_SANDBOX"}


class ExternalResources:
    def __init__(self, client):
        self.sns, self.events = client("sns"), client("events")
        self.applications = {}  # ARNs, by the keys of PLATFORMS

    def parameters(self):
        """The platform applications, as parameters of the template. The first call creates them."""
        for name, platform in PLATFORMS.items():
            if name not in self.applications:
                credentials = {"PlatformPrincipal": "invented", "PlatformCredential": "invented"}
                created = self.sns.create_platform_application(
                    Name="paloma", Platform=platform, Attributes=credentials
                )
                self.applications[name] = created["PlatformApplicationArn"]
        return {f"{name}ApplicationArn": arn for name, arn in self.applications.items()}

    def platform_applications(self):
        """The ARNs of the platform applications, by the keys in `stack.json`."""
        return {name[0].lower() + name[1:]: arn for name, arn in self.applications.items()}

    def connect(self, document, parameters, outputs):
        """Connects the platform applications to their topic, and creates the archives, after the stack is deployed."""
        if topic := outputs.get("PushFailuresTopic"):
            for arn in self.applications.values():
                self.sns.set_platform_application_attributes(
                    PlatformApplicationArn=arn, Attributes={"EventDeliveryFailure": topic}
                )
        defaults = {name: each["Default"] for name, each in document["Parameters"].items() if "Default" in each}
        parameters = {**defaults, **parameters}
        for name, resource in document["Resources"].items():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Events::Archive":
                self.archive(name, resource["Properties"], parameters, outputs["EventBus"])

    def archive(self, logical_id, properties, parameters, bus):
        """Creates an archive of the bus, unless it exists."""
        name = text(properties.get("ArchiveName", logical_id), parameters)
        if any(each["ArchiveName"] == name for each in self.events.list_archives(NamePrefix=name)["Archives"]):
            return
        settings = {"RetentionDays": int(text(properties.get("RetentionDays", 0), parameters))}
        if "EventPattern" in properties:
            settings["EventPattern"] = json.dumps(properties["EventPattern"])
        source = self.events.describe_event_bus(Name=bus)["Arn"]
        self.events.create_archive(ArchiveName=name, EventSourceArn=source, **settings)


def text(value, parameters):
    """A value of the template, with `Ref` and `Fn::Sub` of parameters resolved."""
    if isinstance(value, dict) and "Ref" in value:
        return parameters[value["Ref"]]
    if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str):
        value = value["Fn::Sub"]
        for name, parameter in parameters.items():
            value = value.replace(f"${{{name}}}", str(parameter))
    return value
