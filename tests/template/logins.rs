//! The user pool, its clients, and the routes that need a token. The local engine stores some of these settings without
//! enforcing them.

use std::collections::BTreeSet;

use paloma::domain::MIN_PASSWORD_LENGTH;
use serde_json::{Value, json};
use user_pool_triggers::SCOPE;

use crate::document::Template;
use crate::{at, fails, holds, remove};

/// The functions that may read a client's secret.
const SECRET_READERS: [&str; 2] = ["AuthenticateFunction", "AccountFunction"];

/// The open routes: their callers have no token yet, or none any more.
const OPEN: [&str; 7] = ["login", "challenge", "refresh", "register", "confirm", "forgot", "reset"];

/// The longest life of a token that cannot be revoked, in minutes.
const LONGEST_MINUTES: u64 = 15;

/// The pool invokes the triggers and may do so, verifies an address before it changes, and requires the passwords that
/// functions check.
fn pools(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let triggers = template.properties("UserPoolTriggersFunction")["FunctionName"]["Fn::Sub"].as_str();
    let name = triggers.unwrap_or_default();
    let arn = format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}");
    let arn = json!({ "Fn::Sub": arn });
    for (id, pool) in template.resources("AWS::Cognito::UserPool") {
        let triggers = &pool["LambdaConfig"];
        if triggers["PreSignUp"] != arn {
            faults.push(format!("{id} has no trigger before sign-up"));
        }
        if triggers["PreTokenGenerationConfig"] != json!({ "LambdaArn": arn, "LambdaVersion": "V2_0" }) {
            faults.push(format!("{id} has no trigger that sets the scopes of access tokens"));
        }
        if pool["UserPoolTier"] != "ESSENTIALS" {
            faults.push(format!("{id} has a tier without triggers for access tokens"));
        }
        if !may_invoke_triggers(template, id) {
            faults.push(format!("{id} may not invoke its triggers, or other pools may"));
        }
        if pool["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"] != json!(["email"]) {
            faults.push(format!("{id} changes an address before it is verified"));
        }
        let policy = json!({
            "MinimumLength": MIN_PASSWORD_LENGTH,
            "RequireLowercase": true,
            "RequireUppercase": true,
            "RequireNumbers": true,
            "RequireSymbols": false,
        });
        if pool["Policies"]["PasswordPolicy"] != policy {
            faults.push(format!("{id} requires other passwords than functions check"));
        }
    }
    faults
}

fn may_invoke_triggers(template: &Template, pool: &str) -> bool {
    template.resources("AWS::Lambda::Permission").any(|(_, permission)| {
        permission["FunctionName"] == json!({ "Ref": "UserPoolTriggersFunction" })
            && permission["Principal"] == "cognito-idp.amazonaws.com"
            && permission["SourceArn"] == json!({ "Fn::GetAtt": [pool, "Arn"] })
            && permission["SourceAccount"] == json!({ "Ref": "AWS::AccountId" })
    })
}

/// Every client has a secret, except the public client, which exists only on request. Tokens of frontends are
/// short-lived, and cannot write an attribute that Paloma reads.
fn clients(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, client) in template.resources("AWS::Cognito::UserPoolClient") {
        let is_public = template.0["Resources"][id]["Condition"] == "WithPublicClient";
        if client["GenerateSecret"] != !is_public {
            faults.push(format!("{id} has no secret"));
        }
        if client["PreventUserExistenceErrors"] != "ENABLED" {
            faults.push(format!("{id} reveals which addresses have an account"));
        }
        if client["EnableTokenRevocation"] != true {
            faults.push(format!("{id} has tokens that cannot be revoked"));
        }
        for token in ["AccessToken", "IdToken"] {
            let is_short = client[format!("{token}Validity")].as_u64().is_some_and(|life| life <= LONGEST_MINUTES);
            if !is_short || client["TokenValidityUnits"][token] != "minutes" {
                faults.push(format!("{id} has an {token} of more than {LONGEST_MINUTES} minutes"));
            }
        }
        // Cognito reads an empty list as every attribute.
        let writable = client["WriteAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let harmless = if id == "AccountClient" { json!("email") } else { json!("locale") };
        if writable != [harmless] {
            faults.push(format!("{id} writes attributes that it must not"));
        }
    }
    if template.0["Parameters"]["PublicClient"]["Default"] != "false" {
        faults.push("the public client exists by default".to_owned());
    }
    faults
}

/// Only the functions that log users in read the secrets of clients: no other function and no output does.
fn secrets(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, kind, properties) in template.all() {
        if mentions_secret(properties) && !(kind == "AWS::Serverless::Function" && SECRET_READERS.contains(&id)) {
            faults.push(format!("{id} reads the secret of a client"));
        }
    }
    for section in ["Outputs", "Globals"] {
        if mentions_secret(&template.0[section]) {
            faults.push(format!("{section} contains the secret of a client"));
        }
    }
    faults
}

fn mentions_secret(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("Fn::GetAtt").is_some_and(|path| path[1] == "ClientSecret")
                || members.values().any(mentions_secret)
        }
        Value::Array(items) => items.iter().any(mentions_secret),
        Value::String(text) => text.contains(".ClientSecret}"),
        _ => false,
    }
}

/// Every route of the REST API, except the open ones, requires the scope that only tokens of frontends have.
fn routes(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let open: BTreeSet<_> = OPEN.iter().map(|name| format!("POST /auth/{name}")).collect();
    let rest = |route: &Value| route["ApiId"] == json!({ "Ref": "HttpApi" });
    for (id, route) in template.resources("AWS::ApiGatewayV2::Route").filter(|(_, route)| rest(route)) {
        let key = route["RouteKey"].as_str().unwrap_or_default();
        if open.contains(key) {
            continue;
        }
        if route["AuthorizationType"] != "JWT" || route["AuthorizerId"] != json!({ "Ref": "JwtAuthorizer" }) {
            faults.push(format!("{id} is open"));
        }
        if route["AuthorizationScopes"] != json!([SCOPE]) {
            faults.push(format!("{id} accepts any token"));
        }
    }
    let audience = &template.properties("JwtAuthorizer")["JwtConfiguration"]["Audience"];
    if audience.to_string().contains("AccountClient") {
        faults.push("the API accepts tokens of the functions' client".to_owned());
    }
    faults
}

#[test]
fn the_user_pool_invokes_triggers_for_sign_ups_and_tokens() {
    holds(pools);
    fails(pools, "UserPool has no trigger before sign-up", |all| {
        remove(all, "/UserPool/Properties/LambdaConfig/PreSignUp");
    });
    fails(pools, "UserPool has no trigger that sets the scopes", |all| {
        *at(all, "/UserPool/Properties/LambdaConfig/PreTokenGenerationConfig/LambdaVersion") = json!("V1_0");
    });
    fails(pools, "UserPool has a tier", |all| *at(all, "/UserPool/Properties/UserPoolTier") = json!("LITE"));
    fails(pools, "UserPool may not invoke its triggers", |all| {
        remove(all, "/UserPoolTriggersPermission/Properties/SourceAccount");
    });
    fails(pools, "UserPool changes an address", |all| {
        remove(all, "/UserPool/Properties/UserAttributeUpdateSettings");
    });
    fails(pools, "UserPool requires other passwords", |all| {
        *at(all, "/UserPool/Properties/Policies/PasswordPolicy/MinimumLength") = json!(12);
    });
}

#[test]
fn every_client_of_the_user_pool_has_a_secret_or_exists_on_request() {
    let client = "/UserPoolClient/Properties";
    holds(clients);
    fails(clients, "UserPoolClient has no secret", |all| {
        *at(all, &format!("{client}/GenerateSecret")) = json!(false);
    });
    fails(clients, "PublicUserPoolClient has no secret", |all| remove(all, "/PublicUserPoolClient/Condition"));
    fails(clients, "UserPoolClient reveals which addresses", |all| {
        remove(all, &format!("{client}/PreventUserExistenceErrors"));
    });
    fails(clients, "UserPoolClient has tokens that cannot be revoked", |all| {
        *at(all, &format!("{client}/EnableTokenRevocation")) = json!(false);
    });
    fails(clients, "UserPoolClient has an AccessToken of more", |all| {
        *at(all, &format!("{client}/AccessTokenValidity")) = json!(60);
    });
    for writable in [json!([]), json!(["locale", "email"]), json!(null)] {
        fails(clients, "UserPoolClient writes attributes", |all| {
            *at(all, &format!("{client}/WriteAttributes")) = writable;
        });
    }
}

#[test]
fn only_the_functions_that_log_users_in_read_the_secrets_of_clients() {
    holds(secrets);
    fails(secrets, "ProfileFunction reads the secret", |all| {
        at(all, "/ProfileFunction/Properties")["Environment"] =
            json!({ "Variables": { "S": { "Fn::Sub": "${UserPoolClient.ClientSecret}" } } });
    });
    let mut template = Template::load();
    template.0["Outputs"]["Secret"] = json!({ "Value": { "Fn::GetAtt": ["AccountClient", "ClientSecret"] } });
    assert_eq!(secrets(&template), ["Outputs contains the secret of a client"]);
}

#[test]
fn routes_accept_only_access_tokens_of_frontends() {
    holds(routes);
    fails(routes, "GetMeRoute accepts any token", |all| {
        remove(all, "/GetMeRoute/Properties/AuthorizationScopes");
    });
    fails(routes, "LogoutRoute is open", |all| remove(all, "/LogoutRoute/Properties/AuthorizationType"));
    fails(routes, "the API accepts tokens of the functions' client", |all| {
        *at(all, "/JwtAuthorizer/Properties/JwtConfiguration/Audience") = json!([{ "Ref": "AccountClient" }]);
    });
}
