//! The scenarios: chats, members who are online, and their receipts. All designs are measured with the same ones.

/// Members of the crowd who are online in a group of 1,000 "all online": few enough that the bench ends soon.
pub const CROWD: usize = 100;

/// A chat, and the behaviour of its members.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    /// Members, the sender included. Two are a direct chat.
    pub members: usize,
    /// Recipients with one socket each. All others are away.
    pub online: usize,
    /// Phones of the recipient of a direct chat.
    pub phones: usize,
    /// Receipts that each recipient who is online sends.
    pub receipts: &'static [&'static str],
    /// Messages that are sent at once, before their consumers start.
    pub burst: u32,
    /// Bursts, 3 s apart.
    pub bursts: u32,
}

/// Messages of a direct chat: a minute of them, since the chat moves up in the lists of its members once a minute.
const A_MINUTE: u32 = 20;
const BOTH: &[&str] = &["delivered", "read"];

impl Scenario {
    pub fn messages(&self) -> u32 {
        self.burst * self.bursts
    }

    pub fn is_direct(&self) -> bool {
        self.members == 2
    }

    /// Whether every recipient is online, so that all messages become read by all.
    pub fn is_complete(&self) -> bool {
        self.online == self.members - 1
    }

    fn direct(name: &str, receipts: &'static [&'static str]) -> Self {
        let name = format!("direct, {name}");
        Self { name, members: 2, online: 1, phones: 0, receipts, burst: 1, bursts: A_MINUTE }
    }

    fn away(name: &str, phones: usize) -> Self {
        Self { online: 0, phones, ..Self::direct(name, &[]) }
    }

    fn group(members: usize, online: usize) -> Self {
        let size = if members == 1_000 { "1,000".to_owned() } else { members.to_string() };
        let who = match online {
            1 => "one online".to_owned(),
            _ if online == members - 1 => "all online".to_owned(),
            _ => format!("{online} online"),
        };
        let bursts = if online > 50 { 2 } else { 4 };
        let name = format!("group of {size}, {who}");
        Self { name, members, online, phones: 0, receipts: BOTH, burst: 1, bursts }
    }

    fn of_ten(self) -> Self {
        Self { name: format!("{}, ten at once", self.name), burst: 10, bursts: 2, ..self }
    }
}

pub const DIRECT: &str = "direct, delivered and read";
pub const DIRECT_OF_TEN: &str = "direct, delivered and read, ten at once";
pub const LARGE: &str = "group of 1,000, one online";

/// The scenarios of direct chats, and then those of groups.
pub fn scenarios() -> [Vec<Scenario>; 2] {
    let direct = vec![
        Scenario::direct("delivered and read", BOTH),
        Scenario::direct("read alone", &["read"]),
        Scenario::away("away, no phone", 0),
        Scenario::away("away, one phone", 1),
        Scenario::direct("delivered and read", BOTH).of_ten(),
        Scenario::direct("read alone", &["read"]).of_ten(),
    ];
    let sizes = [10, 50, 100, 1_000];
    let mut groups: Vec<_> = sizes.iter().map(|members| Scenario::group(*members, 1)).collect();
    groups.extend([50, 1_000].map(|members| Scenario::group(members, 1).of_ten()));
    groups.extend(sizes.map(|members| Scenario::group(members, CROWD.min(members - 1))));
    [direct, groups]
}
