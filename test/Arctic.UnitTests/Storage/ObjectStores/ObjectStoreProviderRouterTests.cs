using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Storage.ObjectStores;

public sealed class ObjectStoreProviderRouterTests
{
    [Fact]
    public void A_location_goes_to_the_provider_of_its_scheme_in_every_spelling_and_others_to_the_fallback()
    {
        var fallback = new MemoryObjectStore(TimeProvider.System);
        var provider = new Recorder();
        IObjectStoreProvider router = new ObjectStoreProviderRouter(fallback, KeyValuePair.Create<string, IObjectStoreProvider>("s3", provider));
        var properties = new Dictionary<string, string> { ["s3.endpoint"] = "http://here" };

        var store = router.Open("s3a://bucket/table", properties);

        Assert.Same(provider.Store, store);
        Assert.Equal(("s3a://bucket/table", properties), provider.Asked);
        Assert.Same(fallback, router.Open("/local/table", properties));
    }

    private sealed class Recorder : IObjectStoreProvider
    {
        public IObjectStore Store { get; } = new MemoryObjectStore(TimeProvider.System);

        public (string, IReadOnlyDictionary<string, string>)? Asked { get; private set; }

        public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties)
        {
            Asked = (location, properties);
            return Store;
        }
    }
}
