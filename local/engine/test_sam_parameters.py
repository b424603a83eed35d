"""Tests of `sam_parameters.py` with the template of this repository: the SAM transform reads it as on AWS.

They need the engine's packages. Run `../../target/local/engine/bin/python -m unittest` here, or `cargo test`.
"""

import logging
import unittest
from pathlib import Path

import sam_parameters
from ministack.services.cloudformation import engine
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
HOT_PATH = {"FanOutFunction", "PropagateStatusFunction", "SendMessageFunction", "UpdateSummariesFunction"}


def transformed(**values):
    """The resources after all transforms, with these values of parameters."""
    template = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    # Names uploaded files, as `sam package` does.
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    for resource in template["Resources"].values():
        if isinstance(resource, dict) and resource["Type"] == "AWS::Serverless::StateMachine":
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    given = [{"Key": key, "Value": value} for key, value in values.items()]
    return engine._apply_transforms(template, given)["Resources"]


def of_type(resources, kind):
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == kind}


class SamParameters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        logging.disable(logging.WARNING)
        sam_parameters.install()

    @classmethod
    def tearDownClass(cls):
        logging.disable(logging.NOTSET)

    def test_a_gradual_rollout_watches_its_alarms_with_small_and_with_full_monitoring(self):
        for monitoring in ("small", "full"):
            resources = transformed(Rollout="Canary10Percent5Minutes", Monitoring=monitoring)
            groups = of_type(resources, "AWS::CodeDeploy::DeploymentGroup")
            self.assertEqual({f"{name}DeploymentGroup" for name in HOT_PATH}, set(groups))
            for group in groups.values():
                condition, with_rollout, without = group["AlarmConfiguration"]["Fn::If"]
                self.assertEqual(("GradualRollout", {}), (condition, without))
                names = [alarm["Name"]["Ref"] for alarm in with_rollout["Alarms"]]
                self.assertEqual(2, len(names))
                self.assertEqual(["GradualRollout"] * 2, [resources[name]["Condition"] for name in names])

    def test_without_a_gradual_rollout_there_is_no_deployment_group(self):
        self.assertEqual({}, of_type(transformed(), "AWS::CodeDeploy::DeploymentGroup"))

    def test_the_aliases_of_the_hot_path_have_provisioned_concurrency(self):
        for rollout in ("AllAtOnce", "Canary10Percent5Minutes"):
            aliases = of_type(transformed(ProvisionedConcurrency="2", Rollout=rollout), "AWS::Lambda::Alias")
            self.assertEqual({f"{name}Aliaslive" for name in HOT_PATH}, set(aliases))
            for alias in aliases.values():
                condition, provisioned, without = alias["ProvisionedConcurrencyConfig"]["Fn::If"]
                self.assertEqual("WithProvisionedConcurrency", condition)
                self.assertEqual({"ProvisionedConcurrentExecutions": {"Ref": "ProvisionedConcurrency"}}, provisioned)
                self.assertEqual({"Ref": "AWS::NoValue"}, without)
