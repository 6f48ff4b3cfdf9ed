namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>One request to a catalog server.</summary>
internal sealed record RestRequest(HttpMethod Method, string Address)
{
    /// <summary>What is being done, for messages: <c>load table 'shop.orders'</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary>What it would mean to send the request twice.</summary>
    public RestEffect Effect { get; init; } = RestEffect.Repeatable;

    /// <summary>Null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>The version that the caller has; the server answers 304 when it is the newest.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The token of the table that the request is about; null for the catalog's.</summary>
    public string? TableToken { get; init; }

    /// <summary>Whether no token goes with it: requests for tokens, and those to other servers.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>The most bytes that an answer may have, unpacked.</summary>
    public int BytesMax { get; init; } = 64 * 1024 * 1024;
}

/// <summary>What a request does to the server, and so what a lost answer means.</summary>
internal enum RestEffect
{
    /// <summary>It changes nothing, or sending it twice changes nothing more.</summary>
    Repeatable,

    /// <summary>It may be sent again only when the first surely was not carried out.</summary>
    Once,

    /// <summary>As <see cref="Once"/>, and files hang on it: when the answer is lost, nobody may delete anything.</summary>
    Commit,
}

/// <summary>The answer to a request; the status may be any.</summary>
/// <param name="WasRepeated">Whether an earlier try may have been carried out, too.</param>
internal sealed record RestAnswer(int Status, ReadOnlyMemory<byte> Body, string? ETag, bool WasRepeated)
{
    /// <summary>The type that the server says the body is of, without parameters; null when it says none.</summary>
    public string? ContentType { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;
}
