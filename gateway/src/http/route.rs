//! How an entry of the route table becomes a warp filter.

use std::{convert::Infallible, sync::Arc};

use http::{HeaderMap, Method};
use process::telemetry::http_span;
use tracing::Span;
use warp::{Filter, Rejection, filters::BoxedFilter, path::FullPath, reply::Response};

use super::{
    answer::Answer,
    call::{self, About, Call},
    problem::Problem,
    query::Query,
    subnet::door::{Asked, Door, Entered},
};

/// An entry of the route table.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// The path, with `{name}` for one segment of any content.
    pub(crate) template: &'static str,
    filter: BoxedFilter<(Response,)>,
}

/// A route whose requests are traced. GET answers HEAD as well.
pub(crate) fn on<S, F, R>(method: Method, template: &'static str, state: &S, handler: F) -> Route
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Call, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    let span = move |method: &Method, headers: &HeaderMap| http_span("gateway", method, template, headers);
    entry(method, template, state, handler, span)
}

/// A route for machines that ask all the time: its requests leave no trace.
pub(crate) fn quiet<S, F, R>(method: Method, template: &'static str, state: &S, handler: F) -> Route
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Call, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    entry(method, template, state, handler, |_, _| Span::none())
}

/// A route for validators: its requests are those that `door` lets in.
pub(crate) fn guarded<S, F, R>(
    method: Method,
    template: &'static str,
    door: &Door,
    state: &S,
    handler: F,
) -> Route
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Entered, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    let (state, door) = (state.clone(), door.clone());
    // none is told from an empty one: both are signed as they were sent
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None::<String>)).unify();
    let filter = fits(&method, template)
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and(query)
        .and(warp::body::stream())
        .then(
            move |(method, params): (Method, Vec<String>),
                  path: FullPath,
                  headers: HeaderMap,
                  query,
                  stream| {
                let span = http_span("gateway", &method, template, &headers);
                let about = Arc::new(About::new(&method, template, &headers, span));
                let (door, state, handler) = (door.clone(), state.clone(), handler.clone());
                let asked = Asked { method, path: path.as_str().to_owned(), query, headers, params };
                let (body, with) = (call::body(stream), about.clone());
                about.run(async move { handler(door.enter(asked, body, with).await?, state).await })
            },
        )
        .boxed();
    Route { method, template, filter }
}

/// Takes requests of this method to these addresses.
fn fits(
    method: &Method,
    template: &'static str,
) -> impl Filter<Extract = ((Method, Vec<String>),), Error = Rejection> + Clone + Send + Sync + 'static + use<>
{
    let wanted = method.clone();
    warp::path::full().and(warp::method()).and_then(move |path: FullPath, got: Method| {
        let fits = takes(&wanted, &got).then(|| matches(template, path.as_str())).flatten();
        let found = fits.map(|params| (got, params)).ok_or_else(warp::reject::not_found);
        std::future::ready(found)
    })
}

fn entry<S, F, R, P>(method: Method, template: &'static str, state: &S, handler: F, span: P) -> Route
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Call, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
    P: Fn(&Method, &HeaderMap) -> Span + Clone + Send + Sync + 'static,
{
    let state = state.clone();
    let filter = fits(&method, template)
        .and(warp::header::headers_cloned())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::body::stream())
        .then(move |(method, params): (Method, Vec<String>), headers: HeaderMap, query: String, stream| {
            let about = Arc::new(About::new(&method, template, &headers, span(&method, &headers)));
            let (query, body) = (Query::new(query), call::body(stream));
            let call = Call { method, headers, params, query, body, about: about.clone() };
            about.run(handler(call, state.clone()))
        })
        .boxed();
    Route { method, template, filter }
}

/// Whether a route for `route` takes a request with `got`.
fn takes(route: &Method, got: &Method) -> bool {
    route == got || (*route == Method::GET && *got == Method::HEAD)
}

/// What stands in the places of `{..}`; `None` when the path is another one. A segment is never empty.
fn matches(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(w), Some(g)) if w.starts_with('{') && !g.is_empty() => params.push(g.to_owned()),
            (Some(w), Some(g)) if w == g => {}
            _ => return None,
        }
    }
}

/// One filter out of a group of routes, the first that fits wins.
pub(crate) fn group(routes: &[Route]) -> BoxedFilter<(Response,)> {
    let nothing =
        warp::any().and_then(async || Err::<Response, Rejection>(warp::reject::not_found())).boxed();
    routes.iter().fold(nothing, |sum, route| sum.or(route.filter.clone()).unify().boxed())
}

/// The answer where no route fits: 405 with the methods of that path, else 404.
pub(crate) fn otherwise(
    table: &[Route],
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static + use<> {
    let known: Arc<[(Method, &'static str)]> = table.iter().map(|r| (r.method.clone(), r.template)).collect();
    warp::path::full().and(warp::method()).and(warp::header::headers_cloned()).map(
        move |path: FullPath, method: Method, headers: HeaderMap| {
            let allowed = allowed(&known, path.as_str());
            let problem = if allowed.is_empty() {
                Problem::not_found("there is nothing at this address; /docs lists what there is")
            } else {
                Problem::method_not_allowed(&allowed.join(", "))
            };
            let span = http_span("gateway", &method, "other", &headers);
            let about = About::new(&method, "other", &headers, span);
            about.span.in_scope(|| about.finish(Err(problem)))
        },
    )
}

fn allowed(known: &[(Method, &'static str)], path: &str) -> Vec<String> {
    let mut methods = Vec::new();
    for (method, template) in known {
        if matches(template, path).is_some() {
            methods.push(method.to_string());
            methods.extend((method == Method::GET).then(|| Method::HEAD.to_string()));
        }
    }
    methods.sort();
    methods.dedup();
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_matches_whole_paths_only() {
        let one = |p: &str| matches("/files/{id}/download", p).map(|p| p.join(","));
        assert_eq!(one("/files/7/download").as_deref(), Some("7"));
        for other in [
            "/files//download",
            "/files/7",
            "/files/7/download/",
            "/files/7/8/download",
            "files/7/download",
            "",
        ] {
            assert_eq!(one(other), None, "{other}");
        }
    }
}
