"""What goes with the stack and CloudFormation does not make.

SNS platform applications are in no template, on AWS either, since they hold credentials of Apple and Google: here
they are made up. Archives of events are in the template, but not in the stack, as the engine's CloudFormation does
not know them: they are made from their properties there.
"""

import json

# By the names of the template's parameters, which begin as in `stack.json`.
PLATFORMS = {"Fcm": "GCM", "Apns": "APNS", "ApnsSandbox": "APNS_SANDBOX"}


class Beside:
    """What was made beside the stack."""

    def __init__(self, client):
        self.sns, self.events = client("sns"), client("events")
        self.applications = {}  # ARNs, by the names of the platforms

    def parameters(self):
        """The platform applications, as parameters of the template; made the first time."""
        for name, platform in PLATFORMS.items():
            if name not in self.applications:
                credentials = {"PlatformPrincipal": "made up", "PlatformCredential": "made up"}
                made = self.sns.create_platform_application(Name="paloma", Platform=platform, Attributes=credentials)
                self.applications[name] = made["PlatformApplicationArn"]
        return {f"{name}ApplicationArn": arn for name, arn in self.applications.items()}

    def named(self):
        """The ARNs of the platform applications, by the names in `stack.json`."""
        return {name[0].lower() + name[1:]: arn for name, arn in self.applications.items()}

    def connect(self, document, parameters, outputs):
        """Ties what is beside the stack to what is in it, once that is there."""
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
        """Makes an archive of the bus, unless it is there."""
        name = text(properties.get("ArchiveName", logical_id), parameters)
        if any(each["ArchiveName"] == name for each in self.events.list_archives(NamePrefix=name)["Archives"]):
            return
        known = {"RetentionDays": int(text(properties.get("RetentionDays", 0), parameters))}
        if "EventPattern" in properties:
            known["EventPattern"] = json.dumps(properties["EventPattern"])
        source = self.events.describe_event_bus(Name=bus)["Arn"]
        self.events.create_archive(ArchiveName=name, EventSourceArn=source, **known)


def text(value, parameters):
    """A value of the template: as it is, or with parameters in it."""
    if isinstance(value, dict) and "Ref" in value:
        return parameters[value["Ref"]]
    if isinstance(value, dict) and isinstance(value.get("Fn::Sub"), str):
        value = value["Fn::Sub"]
        for name, given in parameters.items():
            value = value.replace(f"${{{name}}}", str(given))
    return value
