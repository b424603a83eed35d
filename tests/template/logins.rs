//! What the user pool, its clients and the routes must have: the parts that the local engine stores and does not
//! enforce are held here.

use std::collections::BTreeSet;

use paloma::domain::MIN_PASSWORD_LENGTH;
use serde_json::{Value, json};
use user_pool_triggers::SCOPE;

use crate::document::Template;

/// The functions that may know a secret.
const KEEPERS: [&str; 2] = ["AuthenticateFunction", "AccountFunction"];

/// The routes that are open: there is no token yet, or no longer.
const OPEN: [&str; 7] = ["login", "challenge", "refresh", "register", "confirm", "forgot", "reset"];

/// The longest life of a token that cannot be taken back, in minutes.
const LONGEST_MINUTES: u64 = 15;

/// The pool asks the triggers, may call them, verifies an address before it changes, and wants the passwords that
/// functions check for.
pub fn pools(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let triggers = template.0["Resources"]["UserPoolTriggersFunction"]["Properties"]["FunctionName"]["Fn::Sub"]
        .as_str()
        .unwrap_or_default();
    let arn = format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{triggers}");
    let arn = json!({ "Fn::Sub": arn });
    for (id, pool) in template.resources("AWS::Cognito::UserPool") {
        let asked = &pool["LambdaConfig"];
        if asked["PreSignUp"] != arn {
            faults.push(format!("{id} does not ask before it signs users up"));
        }
        if asked["PreTokenGenerationConfig"] != json!({ "LambdaArn": arn, "LambdaVersion": "V2_0" }) {
            faults.push(format!("{id} does not ask what access tokens may do"));
        }
        if pool["UserPoolTier"] != "ESSENTIALS" {
            faults.push(format!("{id} has a plan in which nothing changes the scopes of access tokens"));
        }
        let allowed = template.resources("AWS::Lambda::Permission").any(|(_, permission)| {
            permission["FunctionName"] == json!({ "Ref": "UserPoolTriggersFunction" })
                && permission["Principal"] == "cognito-idp.amazonaws.com"
                && permission["SourceArn"] == json!({ "Fn::GetAtt": [id, "Arn"] })
                && permission["SourceAccount"] == json!({ "Ref": "AWS::AccountId" })
        });
        if !allowed {
            faults.push(format!("{id} may not call its triggers, or others may"));
        }
        if pool["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"] != json!(["email"]) {
            faults.push(format!("{id} lets an address change before it is verified"));
        }
        let policy = json!({
            "MinimumLength": MIN_PASSWORD_LENGTH,
            "RequireLowercase": true,
            "RequireUppercase": true,
            "RequireNumbers": true,
            "RequireSymbols": false,
        });
        if pool["Policies"]["PasswordPolicy"] != policy {
            faults.push(format!("{id} wants other passwords than functions check for"));
        }
    }
    faults
}

/// Every client has a secret, or is the public one, which is there on demand alone. Tokens for frontends are short, and
/// nothing that Paloma reads can be written with them.
pub fn clients(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, client) in template.resources("AWS::Cognito::UserPoolClient") {
        let is_public = template.0["Resources"][id]["Condition"] == "WithPublicClient";
        if client["GenerateSecret"] != !is_public {
            faults.push(format!("{id} has no secret"));
        }
        if client["PreventUserExistenceErrors"] != "ENABLED" {
            faults.push(format!("{id} tells who has an account"));
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
        // An empty list means every attribute to Cognito.
        let writable = client["WriteAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let harmless = if id == "AccountClient" { json!("email") } else { json!("locale") };
        if writable != [harmless] {
            faults.push(format!("{id} writes attributes that it must not"));
        }
    }
    let default = &template.0["Parameters"]["PublicClient"]["Default"];
    if default != "false" {
        faults.push("the public client is there unless it is refused".to_owned());
    }
    faults
}

/// The functions that log people in have the secrets of clients, and nothing else has: no function, no output.
pub fn secrets(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, kind, properties) in template.all() {
        if mentions_secret(properties) && !(kind == "AWS::Serverless::Function" && KEEPERS.contains(&id)) {
            faults.push(format!("{id} knows the secret of a client"));
        }
    }
    for part in ["Outputs", "Globals"] {
        if mentions_secret(&template.0[part]) {
            faults.push(format!("{part} tell the secret of a client"));
        }
    }
    faults
}

/// Every route of the REST API asks for the scope that tokens for frontends alone have; those that make tokens are open.
pub fn routes(template: &Template) -> Vec<String> {
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
            faults.push(format!("{id} takes any token"));
        }
    }
    let audience = &template.0["Resources"]["JwtAuthorizer"]["Properties"]["JwtConfiguration"]["Audience"];
    if audience.to_string().contains("AccountClient") {
        faults.push("the API takes tokens that act at Cognito".to_owned());
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
