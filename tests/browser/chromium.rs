//! A headless Chromium, driven over chromedriver.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

/// How long a condition of the page may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EACH: Duration = Duration::from_millis(25);

/// chromedriver, ended with its test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A page in a browser.
pub struct Page {
    browser: WebDriver,
    _driver: Driver,
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

impl Page {
    /// Opens `address`; none, and said so, where Chromium is not installed.
    pub async fn open(address: &str) -> Option<Self> {
        Self::open_with(address, &[]).await
    }

    /// The same, with more flags for the browser.
    pub async fn open_with(address: &str, flags: &[String]) -> Option<Self> {
        let (Some(chromium), Some(driver)) = (installed("chromium"), installed("chromedriver"))
        else {
            eprintln!("SKIPPED: chromium and chromedriver are not installed");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver");
        let stdout = driver.stdout.take().expect("its output");
        let driver = Driver(driver);
        let port = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("its port");
        // The driver's client wants a provider although it speaks plain HTTP; a second call is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut wanted = DesiredCapabilities::chrome();
        wanted
            .set_binary(chromium.to_str().expect("a path"))
            .expect("a binary");
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1366,768",
            "--hide-scrollbars",
        ] {
            wanted.add_arg(flag).expect("a flag");
        }
        for flag in flags {
            wanted.add_arg(flag).expect("a flag");
        }
        let server = format!("http://127.0.0.1:{port}");
        let browser = WebDriver::new(&server, wanted).await.expect("a browser");
        browser.goto(address).await.expect("the page");
        let page = Self {
            browser,
            _driver: driver,
        };
        page.shows("body[data-live='yes']").await;
        Some(page)
    }

    /// Waits until something matches.
    pub async fn shows(&self, css: &str) -> WebElement {
        let query = self.browser.query(By::Css(css)).wait(PATIENCE, LOOK_EACH);
        match query.first().await {
            Ok(element) => element,
            Err(error) => {
                self.picture("failure").await;
                panic!("{css}: {error}; the page says: {}", self.text("body").await)
            }
        }
    }

    /// Waits until something matches and is to be seen.
    pub async fn visible(&self, css: &str) -> WebElement {
        let query = self.browser.query(By::Css(css)).wait(PATIENCE, LOOK_EACH);
        query
            .and_displayed()
            .first()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// True where nothing that matches is to be seen.
    pub async fn hides(&self, css: &str) -> bool {
        let found = self
            .browser
            .find_all(By::Css(css))
            .await
            .expect("an answer");
        for element in found {
            if element.is_displayed().await.expect("an answer") {
                return false;
            }
        }
        true
    }

    pub async fn text(&self, css: &str) -> String {
        let element = self.browser.find(By::Css(css)).await.expect("an element");
        element.text().await.expect("its text")
    }

    pub async fn click(&self, css: &str) {
        self.visible(css).await.click().await.expect("a click");
    }

    pub async fn choose(&self, css: &str, value: &str) {
        let option = format!("{css} option[value='{value}']");
        self.shows(&option).await.click().await.expect("a choice");
    }

    /// Types where the focus is, as a scanner or a clerk does.
    pub async fn keys(&self, keys: impl AsRef<str>) {
        let focused = self.browser.active_element().await.expect("the focus");
        focused.send_keys(keys.as_ref()).await.expect("keys");
    }

    pub async fn focused(&self) -> String {
        let focused = self.browser.active_element().await.expect("the focus");
        focused
            .attr("id")
            .await
            .expect("an answer")
            .unwrap_or_default()
    }

    pub async fn number(&self, script: &str) -> f64 {
        let value = self
            .browser
            .execute(script, Vec::new())
            .await
            .expect("an answer");
        value.json().as_f64().expect("a number")
    }

    /// Begins to note what the page shows, change by change: state, trust, portrait.
    pub async fn note_states(&self) {
        let script = "
            window.noted = [];
            const look = () => {
              const portrait = document.getElementById('portrait').hidden ? 'no-portrait' : 'portrait';
              const trust = document.getElementById('person').dataset.trust;
              const now = [document.body.dataset.state, trust, portrait].join('/');
              if (window.noted.at(-1) !== now) window.noted.push(now);
            };
            new MutationObserver(look).observe(document.body, { subtree: true, attributes: true });
        ";
        self.browser
            .execute(script, Vec::new())
            .await
            .expect("an observer");
    }

    /// What the page showed since, in order.
    pub async fn noted_states(&self) -> Vec<String> {
        let noted = self
            .browser
            .execute("return window.noted", Vec::new())
            .await;
        noted.expect("an answer").convert().expect("a list")
    }

    /// Keeps a picture of the page under `target/browser`.
    pub async fn picture(&self, name: &str) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/browser");
        std::fs::create_dir_all(folder).expect("a folder");
        let file = PathBuf::from(folder).join(format!("{name}.png"));
        self.browser.screenshot(&file).await.expect("a picture");
    }

    pub async fn close(self) {
        self.browser.quit().await.expect("the end");
    }
}
