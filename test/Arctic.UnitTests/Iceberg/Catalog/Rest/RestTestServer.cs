using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Storage.ObjectStores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>A REST catalog over real HTTP, as small as the client's tests allow: names and metadata are a <see cref="MemoryCatalog"/>'s. It breaks when it is told to.</summary>
internal sealed class RestTestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RestTestHandler _handler;

    private RestTestServer(WebApplication app, RestTestHandler handler) => (_app, _handler) = (app, handler);

    /// <summary>The address without <c>/v1</c>.</summary>
    public string Uri { get; private set; } = "";

    /// <summary>The host and port.</summary>
    public string Address => Uri["http://".Length..];

    /// <summary>Every request so far: method and target, as they came.</summary>
    public ConcurrentQueue<RestTestCall> Calls { get; } = new();

    /// <summary>What goes wrong with a request; null for nothing.</summary>
    public Func<RestTestCall, RestFault?>? FaultOf { get; set; }

    public RestTestHandler Handler => _handler;

    public static async Task<RestTestServer> StartAsync(MemoryCatalog catalog, IObjectStore store, RestTestSettings? settings = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new RestTestServer(app, new RestTestHandler(catalog, store, settings ?? new RestTestSettings()));
        app.Run(server.HandleAsync);
        await app.StartAsync(CancellationToken.None);
        server.Uri = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var call = new RestTestCall(
            context.Request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            await reader.ReadToEndAsync(context.RequestAborted),
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        Calls.Enqueue(call);
        var fault = FaultOf?.Invoke(call);
        if (fault is { Status: RestFault.OnlyLate })
        {
            await fault.Until!;
            fault = null;
        }

        if (fault is { Moment: RestFaultMoment.BeforeEffect })
        {
            await FailAsync(context, fault);
            return;
        }

        var reply = await _handler.AnswerAsync(call);
        if (fault is not null)
        {
            await FailAsync(context, fault);
            return;
        }

        await WriteAsync(context, reply);
    }

    private static async Task FailAsync(HttpContext context, RestFault fault)
    {
        if (fault.Until is { } until)
        {
            await until;
        }

        if (fault.Status == 0)
        {
            context.Abort();
            return;
        }

        await WriteAsync(context, RestTestReply.Error(fault.Status, "InjectedException", fault.Message) with { Headers = fault.Headers });
    }

    private static async Task WriteAsync(HttpContext context, RestTestReply reply)
    {
        context.Response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (reply.Body is { } body && context.Request.Method != "HEAD" && reply.Status != 204 && reply.Status != 304)
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(body);
        }
    }
}

/// <summary>How the server presents itself.</summary>
internal sealed record RestTestSettings
{
    public string? Prefix { get; init; }

    /// <summary>Percent-encoded; null for the protocol's own, which the configuration does not mention.</summary>
    public string? Separator { get; init; }

    /// <summary>The greatest page.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Tokens are asked for, and given to this client.</summary>
    public (string Id, string Secret)? Client { get; init; }

    public int? TokenSeconds { get; init; }

    /// <summary>The status for a token that is not accepted.</summary>
    public int UnauthorizedStatus { get; init; } = 401;

    public IReadOnlyDictionary<string, string> Defaults { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Overrides { get; init; } = new Dictionary<string, string>();

    /// <summary>What comes with each table, by its name and how often it was asked: members of a <c>LoadTableResult</c> beside the metadata, as JSON.</summary>
    public Func<TableIdentifier, int, string>? AccessOf { get; init; }

    public IReadOnlyList<string>? Endpoints { get; init; } = RestTestHandler.AllEndpoints;
}

/// <summary>A request as the server got it.</summary>
internal sealed record RestTestCall(string Method, string Target, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => Target.Split('?')[0];

    public IReadOnlyDictionary<string, string> Query => Target.Contains('?', StringComparison.Ordinal)
        ? Target[(Target.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => WebUtility.UrlDecode(p[1]))
        : new Dictionary<string, string>();

    public bool IsCommit => Method == "POST" && ((Path.Contains("/tables/", StringComparison.Ordinal) && !Path.EndsWith("/rename", StringComparison.Ordinal) && !Path.EndsWith("/metrics", StringComparison.Ordinal)) || Path.EndsWith("/transactions/commit", StringComparison.Ordinal));

    public override string ToString() => $"{Method} {Target}";
}

internal sealed record RestTestReply(int Status, ReadOnlyMemory<byte>? Body)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public static RestTestReply Error(int status, string type, string message) => new(
        status, Encoding.UTF8.GetBytes($$"""{"error":{"message":{{System.Text.Json.JsonSerializer.Serialize(message)}},"type":"{{type}}","code":{{status}} } }"""));
}

internal enum RestFaultMoment
{
    BeforeEffect,
    AfterEffect,
}

/// <summary>A request that goes wrong.</summary>
/// <param name="Status">0: the connection breaks; <see cref="OnlyLate"/>: nothing but time goes by, until <see cref="Until"/>.</param>
internal sealed record RestFault(RestFaultMoment Moment, int Status)
{
    public const int OnlyLate = 1;

    public string Message { get; init; } = "made to fail";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Waits for this first.</summary>
    public Task? Until { get; init; }
}
