//! A user has at most 20 sockets.

use futures::future::join_all;
use paloma_tests::World;

#[tokio::test]
async fn the_oldest_sockets_above_20_are_closed() {
    let [user, other] = World::get().await.people().await;
    let mut others = other.connects().await;
    let mut sockets = Vec::new();
    for _ in 0..23 {
        sockets.push(user.connects().await);
    }
    let mut rest = sockets.split_off(3);
    for oldest in &mut sockets {
        assert!(oldest.gets_closed().await);
    }
    // A pong shows that the other sockets are open and have their rows.
    join_all(rest.iter_mut().map(|socket| socket.received_frames())).await;
    others.received_frames().await;
    let mut newest = user.connects().await;
    assert!(rest[0].gets_closed().await);
    newest.received_frames().await;
    join_all(rest[1..].iter_mut().map(|socket| socket.received_frames())).await;
}
