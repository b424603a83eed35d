//! CORS: browsers may call the API from the origin of the frontend alone.

use paloma_tests::{Answer, World};
use reqwest::Method;

#[tokio::test]
async fn only_the_origin_of_the_frontend_is_allowed() {
    let [ana] = World::get().await.people().await;
    let preflight = async |origin: &str| {
        let request = ana.request(Method::OPTIONS, "/chats").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        let answer =
            request.header("access-control-request-headers", "authorization,content-type").send().await.unwrap();
        let header =
            |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        (answer.status().is_success(), header("access-control-allow-origin"), header("access-control-allow-headers"))
    };
    let (is_allowed, origin, headers) = preflight("http://localhost:4200").await;
    assert!(is_allowed);
    assert_eq!(origin, "http://localhost:4200");
    assert!(headers.to_lowercase().contains("authorization"), "{headers}");
    let (_, origin, _) = preflight("https://elsewhere.example").await;
    assert_eq!(origin, "", "other origins are not allowed");

    let request = ana.request(Method::GET, "/chats").header("origin", "http://localhost:4200");
    let (_, headers) = Answer::with_headers(request).await;
    assert_eq!(headers["access-control-allow-origin"], "http://localhost:4200");
}
