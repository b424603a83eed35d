//! The table of routes (crate `contracts`) and the template state the same routes.

use std::collections::BTreeSet;

use paloma_contracts::ROUTES;
use paloma_contracts::route::Auth;
use serde_json::json;

use crate::document::Template;
use crate::{at, fails, holds, remove};

/// Each route of the template is in the table, each route of the table is in the template, and both agree on the token.
fn routes(template: &Template) -> Vec<String> {
    let stated: BTreeSet<_> = ROUTES.iter().map(|route| (route.key(), route.auth == Auth::Bearer)).collect();
    let deployed: BTreeSet<_> = template
        .resources("AWS::ApiGatewayV2::Route")
        .filter(|(_, route)| route["ApiId"] == json!({ "Ref": "HttpApi" }))
        .map(|(_, route)| {
            (route["RouteKey"].as_str().unwrap_or_default().to_owned(), route["AuthorizationType"] == "JWT")
        })
        .collect();
    let text = |(key, token): &(String, bool)| format!("{key} {} token", if *token { "with a" } else { "without a" });
    let only_deployed = deployed.difference(&stated).map(|route| format!("only the template has {}", text(route)));
    let only_stated = stated.difference(&deployed).map(|route| format!("only the table has {}", text(route)));
    only_deployed.chain(only_stated).collect()
}

#[test]
fn the_table_of_routes_and_the_template_state_the_same_routes() {
    holds(routes);
    fails(routes, "only the table has GET /me with a token", |all| {
        all.as_object_mut().expect("resources").remove("GetMeRoute");
    });
    fails(routes, "only the template has GET /you with a token", |all| {
        *at(all, "/GetMeRoute/Properties/RouteKey") = json!("GET /you");
    });
    fails(routes, "only the template has GET /me without a token", |all| {
        remove(all, "/GetMeRoute/Properties/AuthorizationType");
    });
}
