using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;

namespace Arctic.UnitTests.Dataflow.Connectors;

public sealed class ConnectorRegistryTests
{
    private readonly ConnectorRegistry _registry = new([new ReadOnly("datagen"), new WriteOnly("print"), new ReadOnly("socket")]);

    [Fact]
    public void A_connector_is_found_by_its_name()
    {
        Assert.Equal("print", _registry.FindSink("print", "table 't'").Name);
        Assert.Equal("socket", _registry.FindSource("socket", "table 't'").Name);
    }

    [Fact]
    public void An_unknown_connector_is_refused_with_a_list_and_a_suggestion()
    {
        var error = Assert.Throws<ArcticException>(() => _registry.Find("sockett", "table 'shop.t'"));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Equal("Unknown connector 'sockett' for table 'shop.t'. Available connectors: datagen, print, socket.", error.Message);
        Assert.Equal("Did you mean 'socket'?", error.Hint);
    }

    [Fact]
    public void An_ability_that_is_missing_is_refused_with_those_that_have_it()
    {
        var read = Assert.Throws<ArcticException>(() => _registry.FindSource("print", "table 't'"));
        var write = Assert.Throws<ArcticException>(() => _registry.FindSink("socket", "table 't'"));

        Assert.Equal("Cannot read table 't': its connector 'print' can only be written. Connectors that can be read: datagen, socket.", read.Message);
        Assert.Equal("Cannot write table 't': its connector 'socket' can only be read. Connectors that can be written: print.", write.Message);
    }

    [Fact]
    public void A_connector_added_later_replaces_one_of_its_name()
    {
        var mine = new ReadOnly("socket");

        Assert.Same(mine, _registry.With(mine).Find("socket", "table 't'"));
    }

    private sealed record ReadOnly(string Name) : ISourceConnector
    {
        public ISource CreateSource(TableConnectorContext context) => throw new InvalidOperationException("Not asked for here.");
    }

    private sealed record WriteOnly(string Name) : ISinkConnector
    {
        public ISink CreateSink(TableConnectorContext context) => throw new InvalidOperationException("Not asked for here.");
    }
}
